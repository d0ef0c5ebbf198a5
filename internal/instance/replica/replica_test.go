package replica

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tree makes files of every kind in a folder.
func tree(t *testing.T, in string) {
	t.Helper()
	file := func(name, text string, mode uint32) string {
		name = filepath.Join(in, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := unix.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		return name
	}
	needs := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	needs(os.MkdirAll(filepath.Join(in, "deep/er/empty"), 0o755))
	one := file("deep/one", "one", 0o640)
	needs(os.Link(one, filepath.Join(in, "hard")))
	needs(os.Link(one, filepath.Join(in, "deep/er/hard")))
	needs(os.Symlink("/nowhere/else", filepath.Join(in, "soft")))
	needs(os.Link(filepath.Join(in, "soft"), filepath.Join(in, "soft-2")))
	needs(unix.Mkfifo(filepath.Join(in, "pipe"), 0o620))
	file("line\nbreak \xff", "", 0o400)
	file("set", "#!", 0o6755)
	file("large", strings.Repeat("0123456789abcdef", 100_000), 0o400)
	sparse, err := os.Create(filepath.Join(in, "sparse"))
	needs(err)
	_, err = sparse.WriteAt([]byte("middle"), 5<<20)
	needs(err)
	needs(sparse.Truncate(64 << 20))
	needs(sparse.Close())
	socket, err := net.Listen("unix", filepath.Join(in, "s"))
	needs(err)
	t.Cleanup(func() { socket.Close() })
	_ = unix.Lsetxattr(one, "user.note", []byte("kept\x00as it is"), 0) // not every file system has them
	if os.Getuid() == 0 {
		needs(os.Lchown(filepath.Join(in, "soft"), 5, 6))
		needs(os.Lchown(filepath.Join(in, "deep/er"), 1000, 1001))
		needs(unix.Mknod(filepath.Join(in, "null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))))
		set := filepath.Join(in, "set") // as setcap cap_net_raw=ep
		_ = unix.Lsetxattr(set, "security.capability", []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0)
	}
	for _, name := range []string{"deep/er", "deep", "soft", "large"} {
		past := []unix.Timespec{{Sec: 1, Nsec: 2}, {Sec: 1_000_000_000, Nsec: 123_456_789}}
		needs(unix.UtimesNanoAt(unix.AT_FDCWD, filepath.Join(in, name), past, unix.AT_SYMLINK_NOFOLLOW))
	}
	needs(unix.Chmod(filepath.Join(in, "deep"), 0o1770))
}

// roots are folders that stand for root file systems.
func roots(t *testing.T) (from, to string) {
	t.Helper()
	from, to = t.TempDir(), t.TempDir()
	if err := os.Mkdir(from+"/data", 0o751); err != nil {
		t.Fatal(err)
	}
	tree(t, from+"/data")
	return from, to
}

func TestACopyIsAsTheOriginal(t *testing.T) {
	from, to := roots(t)
	sum, err := run([]string{":/data", to + ":/"}, from)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Files < 10 || sum.Bytes < 65<<20 {
		t.Errorf("it says %+v", sum)
	}
	var was, is unix.Stat_t
	for _, name := range []string{"", "/deep", "/deep/one", "/soft", "/large", "/set"} {
		if err := unix.Lstat(from+"/data"+name, &was); err != nil {
			t.Fatal(err)
		}
		if err := unix.Lstat(to+name, &is); err != nil {
			t.Fatal(err)
		}
		if was.Mode != is.Mode || was.Mtim != is.Mtim || was.Uid != is.Uid || was.Nlink != is.Nlink && is.Mode&unix.S_IFMT != unix.S_IFDIR {
			t.Errorf("%s: %+v, and was %+v", name, is, was)
		}
	}
	if err := unix.Lstat(to+"/sparse", &is); err != nil || is.Size != 64<<20 || is.Blocks*512 > 1<<20 {
		t.Errorf("the sparse file takes %d blocks, %v", is.Blocks, err)
	}
	if _, err := os.Lstat(to + "/s"); !os.IsNotExist(err) {
		t.Errorf("the socket: %v", err)
	}
	if a, b := value(from+"/data/deep/one"), value(to+"/hard"); a != b {
		t.Errorf("the extended attribute is %q, and was %q", b, a)
	}
}

func value(name string) string {
	into := make([]byte, 100)
	n, err := unix.Lgetxattr(name, "user.note", into)
	return string(into[:max(n, 0)]) + ", " + errText(err)
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A copy takes the place of what is there, in a root that lacks the way to it.
func TestACopyReplacesWhatIsThere(t *testing.T) {
	from, to := roots(t)
	if err := os.MkdirAll(from+"/etc/app", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(from+"/etc/app/conf", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"/data/deep/er", "/data/pipe", "/lost+found"} {
		if err := os.MkdirAll(to+name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(to+"/data/deep/er/newer", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run([]string{":/data", to + ":/data", ":/etc/app/conf", to + ":/etc/app/conf"}, from); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(to + "/data/deep/er/newer"); !os.IsNotExist(err) {
		t.Errorf("what was there: %v", err)
	}
	if info, err := os.Lstat(to + "/etc/app"); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the way: %v, %v", info, err)
	}
	if text, err := os.ReadFile(to + "/etc/app/conf"); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
}

// What mkfs has made in a volume is no difference.
func TestAVolumeMayHaveLostFiles(t *testing.T) {
	from, to := roots(t)
	if err := os.Mkdir(to+"/lost+found", 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := run([]string{":/data", to + ":/"}, from); err != nil {
		t.Error(err)
	}
}

// Each difference is found, whatever has made it.
func TestDifferencesAreFound(t *testing.T) {
	for name, row := range map[string]struct {
		change func(in string) error
		says   string
	}{
		"content":        {func(in string) error { return rewrite(in+"/large", 1_000_000, "X") }, "content"},
		"data in a hole": {func(in string) error { return rewrite(in+"/sparse", 20<<20, "X") }, "content"},
		"a shorter file": {func(in string) error {
			return keeping(in+"/sparse", func() error { return os.Truncate(in+"/sparse", 63<<20) })
		}, "bytes"},
		"permissions":     {func(in string) error { return os.Chmod(in+"/deep", 0o777) }, "permissions"},
		"a time":          {func(in string) error { return os.Chtimes(in+"/deep/er", time.Now(), time.Now()) }, "another time"},
		"a missing file":  {func(in string) error { return os.Remove(in + "/pipe") }, "no such file"},
		"a file too many": {func(in string) error { return os.WriteFile(in+"/deep/er/empty/x", nil, 0o600) }, "there was no x"},
		"a link":          {func(in string) error { return relink(in + "/soft-2") }, ""},
		"one file as two": {func(in string) error { return separate(in + "/hard") }, "other name"},
		"two files as one": {func(in string) error {
			return join(in+"/hard", in+"/line\nbreak \xff")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := roots(t)
			if _, err := run([]string{":/data", to + ":/"}, from); err != nil {
				t.Fatal(err)
			}
			compared := func() error {
				d := comparison{links: map[inode]inode{}, copies: map[inode]inode{}}
				return d.top(from+"/data", to)
			}
			if err := compared(); err != nil {
				t.Fatal(err)
			}
			var s unix.Stat_t
			folders := []string{to, to + "/deep", to + "/deep/er", to + "/deep/er/empty"}
			times := map[string][]unix.Timespec{}
			for _, folder := range folders {
				if err := unix.Lstat(folder, &s); err != nil {
					t.Fatal(err)
				}
				times[folder] = []unix.Timespec{s.Atim, s.Mtim}
			}
			if err := row.change(to); err != nil {
				t.Fatal(err)
			}
			for _, folder := range folders { // what is looked for is not that of its folder
				if name != "a time" {
					if err := unix.UtimesNanoAt(unix.AT_FDCWD, folder, times[folder], 0); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := compared(); err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

// rewrite changes a part of a file, and keeps its time.
func rewrite(name string, at int64, text string) error {
	return keeping(name, func() error {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = f.WriteAt([]byte(text), at)
		return err
	})
}

func keeping(name string, do func() error) error {
	var s unix.Stat_t
	if err := unix.Lstat(name, &s); err != nil {
		return err
	}
	if err := unix.Chmod(name, 0o600); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	if err := unix.Chmod(name, s.Mode&0o7777); err != nil {
		return err
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, name, []unix.Timespec{s.Atim, s.Mtim}, 0)
}

func relink(name string) error {
	if err := os.Remove(name); err != nil {
		return err
	}
	return os.Symlink("/nowhere/here", name)
}

// separate makes a file of its own of one of several names.
func separate(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var s unix.Stat_t
	if err := unix.Lstat(name, &s); err != nil {
		return err
	}
	noted, wrong := xattrs(name)
	if wrong != nil {
		return wrong
	}
	if err := os.Remove(name); err != nil {
		return err
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		return err
	}
	for key, value := range noted {
		if err := unix.Lsetxattr(name, key, []byte(value), 0); err != nil {
			return err
		}
	}
	if err := unix.Chmod(name, s.Mode&0o7777); err != nil {
		return err
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, name, []unix.Timespec{s.Atim, s.Mtim}, 0)
}

func join(name, other string) error {
	if err := os.Remove(other); err != nil {
		return err
	}
	return os.Link(name, other)
}

func TestPlacesThatAreNone(t *testing.T) {
	from, to := roots(t)
	if err := os.Symlink("data", from+"/link"); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		places []string
		says   string
	}{
		"no pair":               {[]string{":/data"}, "no pairs"},
		"no root":               {[]string{"/data", to + ":/"}, "ROOT:NAME"},
		"a path that goes up":   {[]string{":/data/../data", to + ":/"}, "ROOT:NAME"},
		"no absolute path":      {[]string{":data", to + ":/"}, "ROOT:NAME"},
		"nothing there":         {[]string{":/nothing", to + ":/"}, "no such file"},
		"a way through a link":  {[]string{":/link/deep", to + ":/deep"}, "is a link"},
		"a way through a file":  {[]string{":/data/large/x", to + ":/x"}, "is no folder"},
		"a link before the end": {[]string{":/data/deep/one", from + ":/link/one"}, "is a link"},
	} {
		if _, err := run(row.places, from); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
