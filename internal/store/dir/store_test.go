package dir_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

func TestAFolderKeepsWhatEveryStorePromises(t *testing.T) {
	storetest.Run(t, func(t testing.TB, clock func() time.Time) func() store.Store {
		folder := t.TempDir()
		return func() store.Store { return open(t, folder, dir.WithClock(clock)) }
	})
}

func open(t testing.TB, folder string, options ...dir.Option) *dir.Store {
	t.Helper()
	s, err := dir.Open(folder, options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func snapshot(t testing.TB, s store.Store) *store.Snapshot {
	t.Helper()
	now, err := s.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func paths(versions []image.Version) (all []string) {
	for _, v := range versions {
		all = append(all, v.Dir())
	}
	return all
}

func version(name string) image.Version { return image.Version{Name: name, Architecture: "amd64"} }

func split(t testing.TB, s store.Store, name string) image.Version {
	t.Helper()
	return storetest.Split(t, s, version(name), []byte("metadata of "+name), []byte("rootfs of "+name))
}

func TestOpen(t *testing.T) {
	folder := t.TempDir()
	missing := filepath.Join(folder, "missing")
	s := open(t, missing)
	if _, err := os.Stat(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening a store changed the disk: %v", err)
	}
	if _, err := s.Versions(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("listing a store that is not there: %v", err)
	}
	if _, err := s.Draft(t.Context()); err != nil {
		t.Errorf("a draft in a store that is not there: %v", err)
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.Open(file); err == nil {
		t.Error("a file was opened as a store")
	}
}

func TestADamagedVersionIsSkippedAndReportedOnce(t *testing.T) {
	write := func(name, content string) func(string) error {
		return func(folder string) error { return os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644) }
	}
	replace := func(name string, by func(path string) error) func(string) error {
		return func(folder string) error {
			path := filepath.Join(folder, name)
			return errors.Join(os.Rename(path, path+".real"), by(path))
		}
	}
	edit := func(old, fresh string) func(string) error {
		return func(folder string) error {
			path := filepath.Join(folder, "version.json")
			data, err := os.ReadFile(path)
			if !bytes.Contains(data, []byte(old)) {
				err = errors.New("nothing to replace")
			}
			return errors.Join(err, os.WriteFile(path, bytes.ReplaceAll(data, []byte(old), []byte(fresh)), 0o644))
		}
	}
	damages := map[string]func(folder string) error{
		"version.json missing":           func(folder string) error { return os.Remove(filepath.Join(folder, "version.json")) },
		"version.json empty":             write("version.json", ""),
		"version.json cut off":           write("version.json", `{"format": 1, "name": "bad"`),
		"version.json is a link":         replace("version.json", func(p string) error { return os.Symlink("version.json.real", p) }),
		"version.json is huge":           func(folder string) error { return os.Truncate(filepath.Join(folder, "version.json"), 1<<21) },
		"version.json of a later format": edit(`"format": 1`, `"format": 2`),
		"version.json of another image":  edit(`"name": "bad"`, `"name": "good"`),
		"version.json names a path":      edit(`"lxd.tar.xz"`, `"../../../good/x"`),
		"version.json names itself":      edit(`"lxd.tar.xz"`, `"version.json"`),
		"version.json without hash":      edit(`"sha256": "`, `"sha256": "zz`),
		"version.json without a file":    edit(`"kind": "squashfs"`, `"kind": "metadata"`),
		"a fingerprint of no tarball":    edit(`"created"`, `"tarball_fingerprint": "`+strings.Repeat("a", 64)+`", "created"`),
		"a file cut off":                 write("rootfs.squashfs", "rootfs"),
		"a file missing":                 func(folder string) error { return os.Remove(filepath.Join(folder, "rootfs.squashfs")) },
		"a file is a link":               replace("rootfs.squashfs", func(p string) error { return os.Symlink("rootfs.squashfs.real", p) }),
		"a file is a pipe":               replace("rootfs.squashfs", func(p string) error { return syscall.Mkfifo(p, 0o644) }),
		"a file is a folder":             replace("rootfs.squashfs", func(p string) error { return os.Mkdir(p, 0o755) }),
		"retired.json cut off":           write("retired.json", `{"at": "20`),
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			folder := t.TempDir()
			s := open(t, folder, dir.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
			good, bad := split(t, s, "good"), split(t, s, "bad")
			if err := damage(filepath.Join(folder, filepath.Dir(bad.Path(bad.Files[0])))); err != nil {
				t.Fatal(err)
			}
			if f, err := s.OpenFile(t.Context(), bad.Path(bad.Files[1])); err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("opening a file of the damaged version: %v, %v", f, err)
			}
			for range 3 {
				for _, s := range []store.Store{s, open(t, folder)} {
					if got := storetest.Versions(t, s); len(got) != 1 || got[0].Name != "good" {
						t.Errorf("listed: %+v", paths(got))
					}
				}
			}
			if faults := snapshot(t, s).Faults(); len(faults) != 1 || !strings.HasPrefix(faults[0].Folder, "images/bad/amd64/2") || faults[0].Error == "" {
				t.Errorf("the faults are %+v", faults)
			}
			if n := strings.Count(log.String(), "skipping a damaged version"); n != 1 || !strings.Contains(log.String(), "images/bad/amd64") {
				t.Errorf("the log says:\n%s", &log)
			}
			storetest.Content(t, s, good.Path(good.Files[1]))
		})
	}
}

func TestOnlyPublishedFilesCanBeOpened(t *testing.T) {
	outer := t.TempDir()
	folder := filepath.Join(outer, "store")
	s := open(t, folder)
	v := split(t, s, "nginx")
	if err := s.UpdateStreams(t.Context(), storetest.Streams("{}", "{}")); err != nil {
		t.Fatal(err)
	}
	if unlock, err := s.TryLock(t.Context()); err != nil {
		t.Fatal(err)
	} else {
		defer unlock()
	}
	// A version's folder that leads out of the store, with all that a version needs.
	other := open(t, filepath.Join(outer, "other"))
	secret := split(t, other, "secret")
	if err := os.Symlink(filepath.Join(outer, "other/images/secret"), filepath.Join(folder, "images/secret")); err != nil {
		t.Fatal(err)
	}
	home := filepath.Dir(v.Path(v.Files[0]))
	for _, path := range []string{
		"", ".", "/", ".lock", ".tmp", "images", "images/", "images/nginx", home, home + "/",
		home + "/version.json", home + "/retired.json", home + "/.", home + "/..", home + "/rootfs.squashfs/", home + "//rootfs.squashfs",
		"/" + home + "/rootfs.squashfs", "./" + home + "/rootfs.squashfs", "images/../" + home + "/rootfs.squashfs",
		"streams/v1/images.json", "images/nginx/../nginx/amd64/rootfs.squashfs", home + "/nothing", home + "/rootfs.squashfs\x00",
		secret.Path(secret.Files[0]),
	} {
		if f, err := s.OpenFile(t.Context(), path); !errors.Is(err, fs.ErrNotExist) && !strings.Contains(path, "secret") || err == nil {
			t.Errorf("opening %q: %v, %v", path, f, err)
		}
	}
	if got := storetest.Versions(t, s); len(got) != 1 {
		t.Errorf("listed: %v", got)
	}
}

func TestEverybodyMayReadWhateverTheUmask(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	folder := filepath.Join(t.TempDir(), "store")
	s := open(t, folder)
	v := split(t, s, "nginx")
	if err := errors.Join(s.UpdateStreams(t.Context(), storetest.Streams("{}", "{}")), s.Retire(t.Context(), time.Now(), v)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the store has mode %v, %v", info.Mode(), err)
	}
	for _, top := range []string{"images", "streams"} {
		err := filepath.WalkDir(filepath.Join(folder, top), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := e.Info()
			want := fs.FileMode(0o644)
			if e.IsDir() {
				want = 0o755
			}
			if err == nil && info.Mode().Perm() != want {
				t.Errorf("%s has mode %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestUpdateStreamsLeavesAnUnchangedFileAlone(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	inode := func(content string) uint64 {
		t.Helper()
		split(t, s, "nginx") // else nothing is rendered
		if err := s.UpdateStreams(t.Context(), storetest.Streams(content, "{}")); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, "streams/v1/index.json")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("the file says %q, %v", got, err)
		}
		return info.Sys().(*syscall.Stat_t).Ino
	}
	first, again, changed := inode("a"), inode("a"), inode("b")
	if err := s.UpdateStreams(t.Context(), func(map[image.Product]image.Packed) (index, images []byte, err error) {
		t.Error("what has not changed was rendered again")
		return nil, nil, nil
	}); err != nil {
		t.Error(err)
	}
	if first != again {
		t.Error("an unchanged file was written again")
	}
	if changed == again {
		t.Error("a changed file was written in place")
	}
}

func TestPruneCleansUp(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	v := split(t, s, "nginx")
	left := filepath.Join(folder, ".tmp", "draft-of-a-killed-process", "version")
	if err := errors.Join(os.MkdirAll(left, 0o755), os.WriteFile(filepath.Join(left, "x"), nil, 0o644), s.Retire(t.Context(), time.Now(), v)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"images", ".tmp"} {
		if entries, err := os.ReadDir(filepath.Join(folder, path)); err != nil || len(entries) != 0 {
			t.Errorf("in %s are %v, %v", path, entries, err)
		}
	}
	split(t, s, "nginx") // the folders that went can be made again
}

func TestVerifyFindsASwappedByte(t *testing.T) {
	for i, name := range []string{"lxd.tar.xz", "rootfs.squashfs", "rootfs.tar.gz"} {
		folder := t.TempDir()
		s := open(t, folder)
		v := storetest.Tarball(t, s, version("nginx"), []byte("content"), []byte("content"), []byte("content"))
		if err := os.WriteFile(filepath.Join(folder, v.Path(v.Files[i])), []byte("conteNt"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := storetest.Versions(t, s); len(got) != 1 {
			t.Errorf("listed: %v", got)
		}
		if err := store.Verify(t.Context(), s, v); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("verify says %v", err)
		}
	}
}

// The first lxdocker wrote this; what it published stays on offer.
func TestAVersionOfBeforeThereWereTarballsCanBeRead(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	v := split(t, s, "nginx")
	old := `{
  "format": 1, "name": "nginx", "architecture": "amd64", "serial": "` + v.Serial + `",
  "fingerprint": "` + v.Fingerprint + `", "key": "k", "release": "1.27",
  "files": [
    {"kind": "metadata", "name": "lxd.tar.xz", "size": ` + fmt.Sprint(v.Files[0].Size) + `, "sha256": "` + v.Files[0].SHA256 + `"},
    {"kind": "squashfs", "name": "rootfs.squashfs", "size": ` + fmt.Sprint(v.Files[1].Size) + `, "sha256": "` + v.Files[1].SHA256 + `"}
  ],
  "created": "2026-11-23T10:15:00Z"
}`
	if err := os.WriteFile(filepath.Join(folder, filepath.Dir(v.Path(v.Files[0])), "version.json"), []byte(old), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), v.Product()); err != nil {
		t.Fatal(err)
	}
	got := storetest.Versions(t, s)
	if len(got) != 1 || got[0].Key != "k" || got[0].TarballFingerprint != "" || len(got[0].Forms()) != 1 {
		t.Fatalf("listed: %+v", got)
	}
	if err := store.Verify(t.Context(), s, got[0]); err != nil {
		t.Error(err)
	}
}

func TestATarballWithoutItsFingerprintIsDamage(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	v := storetest.Tarball(t, s, version("nginx"), []byte("m"), []byte("s"), []byte("t"))
	path := filepath.Join(folder, filepath.Dir(v.Path(v.Files[0])), "version.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte("tarball_fingerprint"), []byte("something"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), v.Product()); err != nil {
		t.Fatal(err)
	}
	if got := storetest.Versions(t, s); len(got) != 0 {
		t.Errorf("listed: %+v", got)
	}
}
