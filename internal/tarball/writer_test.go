package tarball_test

import (
	"archive/tar"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/tarball"
)

// sample has one of everything a layer can bring.
func sample(t *testing.T) *rootfs.Tree {
	t.Helper()
	tree := rootfs.New()
	file := rootfs.Inode{Kind: rootfs.File, Mode: 0o4755, UID: 7, GID: 1 << 31, ModTime: 1700000000, Content: rootfs.Bytes("hello\n"),
		Xattrs: map[string]string{"security.capability": "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "user.note": "a=b\nc"}}
	puts := []struct {
		name  string
		inode rootfs.Inode
	}{
		{"tmp", rootfs.Inode{Kind: rootfs.Dir, Mode: 0o1777, ModTime: 5}},
		{"usr/bin/tool", file},
		{"usr/bin/empty", rootfs.Inode{Kind: rootfs.File, Mode: 0o600, ModTime: 1<<32 - 1}},
		{"bin", rootfs.Inode{Kind: rootfs.Symlink, Mode: 0o777, Target: "usr/bin"}},
		{"srv/pipe", rootfs.Inode{Kind: rootfs.FIFO, Mode: 0o640}},
		{"srv/null", rootfs.Inode{Kind: rootfs.CharDevice, Mode: 0o666, Major: 1, Minor: 3}},
		{"srv/disk", rootfs.Inode{Kind: rootfs.BlockDevice, Mode: 0o660, Major: 259, Minor: 70000}},
		{"srv/line\nbreak", rootfs.Inode{Kind: rootfs.File, Mode: 0o644, Content: rootfs.Bytes("x")}},
		{"srv/not utf-8 \xff\xfe", rootfs.Inode{Kind: rootfs.File, Mode: 0o644, Content: rootfs.Bytes("y")}},
		{"srv/" + strings.Repeat("d/", 100) + strings.Repeat("n", 200), rootfs.Inode{Kind: rootfs.File, Mode: 0o644, Content: rootfs.Bytes("deep")}},
	}
	for _, p := range puts {
		if err := tree.Put(p.name, p.inode); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Link("usr/bin/tool", "a-first-name"); err != nil {
		t.Fatal(err)
	}
	return tree
}

func write(t *testing.T, tree *rootfs.Tree, prefix string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := tarball.Write(context.Background(), w, tree, prefix, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFirstNameOfAHardlinkCarriesTheContent(t *testing.T) {
	r := tar.NewReader(bytes.NewReader(write(t, sample(t), "rootfs")))
	seen := map[string]*tar.Header{}
	for h, err := r.Next(); err == nil; h, err = r.Next() {
		seen[h.Name] = h
	}
	if h := seen["rootfs/a-first-name"]; h == nil || h.Typeflag != tar.TypeReg || h.Size != 6 {
		t.Errorf("the carrier is %+v", h)
	}
	if h := seen["rootfs/usr/bin/tool"]; h == nil || h.Typeflag != tar.TypeLink || h.Linkname != "rootfs/a-first-name" {
		t.Errorf("the second name is %+v", h)
	}
}

func TestSameTreeSameBytes(t *testing.T) {
	if !bytes.Equal(write(t, sample(t), ""), write(t, sample(t), "")) {
		t.Error("two archives of one tree differ")
	}
}

func TestAsMuchIsCopiedAsTheSizeSays(t *testing.T) {
	var n int64
	if err := tarball.Write(t.Context(), tar.NewWriter(&bytes.Buffer{}), sample(t), "", func(bytes int64) { n += bytes }); err != nil {
		t.Fatal(err)
	}
	if want := tarball.Size(sample(t)); n != want || n == 0 {
		t.Errorf("%d bytes are copied, %d were announced", n, want)
	}
}

func TestCancelledContextEndsIt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := tarball.Write(ctx, tar.NewWriter(&bytes.Buffer{}), sample(t), "", nil); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

// GNU tar is what LXD unpacks with; as root it shows that everything arrives.
func TestGNUTarUnpacksIt(t *testing.T) {
	dir := t.TempDir()
	args := []string{"-C", dir, "--numeric-owner", "--xattrs-include=*"}
	if os.Getuid() != 0 {
		args = append(args, "--exclude=srv/disk", "--exclude=srv/null")
	}
	cmd := exec.Command("tar", append(args, "-xf", "-")...)
	cmd.Stdin = bytes.NewReader(write(t, sample(t), ""))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if os.Getuid() != 0 {
		t.Log("not root: ids, devices and capabilities are not compared")
		return
	}
	cmd = exec.Command("stat", "-c", "%f %u %g %Y %h %t %T", "tmp", "usr/bin/tool", "srv/null", "srv/disk", "srv/pipe", "srv/line\nbreak", "srv/not utf-8 \xff\xfe")
	cmd.Dir = dir
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"43ff 0 0 5 2 0 0",
		"89ed 7 2147483648 1700000000 2 0 0",
		"21b6 0 0 0 1 1 3",
		"61b0 0 0 0 1 103 11170",
		"11a0 0 0 0 1 0 0",
		"81a4 0 0 0 1 0 0",
		"81a4 0 0 0 1 0 0",
	}, "\n") + "\n"
	if string(got) != want {
		t.Errorf("unpacked:\n%swanted:\n%s", got, want)
	}
	target, err := os.Readlink(filepath.Join(dir, "bin"))
	if err != nil || target != "usr/bin" {
		t.Errorf("bin points to %q, %v", target, err)
	}
	caps, err := exec.Command("getfattr", "-n", "security.capability", "--only-values", "--absolute-names", filepath.Join(dir, "usr/bin/tool")).Output()
	if err != nil || !bytes.HasPrefix(caps, []byte("\x01\x00\x00\x02\x00\x04")) {
		t.Errorf("capability arrived as %q, %v", caps, err)
	}
}
