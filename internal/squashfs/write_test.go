package squashfs_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs"
)

func sample(t *testing.T) *rootfs.Tree {
	t.Helper()
	tree := rootfs.New()
	big := bytes.Repeat([]byte("0123456789abcdef"), 200_000) // more than three blocks
	for name, inode := range map[string]rootfs.Inode{
		"etc/shadow": {Kind: rootfs.File, Mode: 0o640, GID: 42, ModTime: 1700000000, Content: rootfs.Bytes("root:*\n")},
		"usr/big":    {Kind: rootfs.File, Mode: 0o755, ModTime: 1, Content: rootfs.Bytes(big)},
		"usr/sbin":   {Kind: rootfs.Symlink, Mode: 0o777, Target: "bin"},
		"tmp":        {Kind: rootfs.Dir, Mode: 0o1777},
		"bin/ping":   {Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes("#!"), Xattrs: map[string]string{"security.capability": "\x01\x00\x00\x02\x00 \x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}},
		"srv/null":   {Kind: rootfs.CharDevice, Mode: 0o666, Major: 1, Minor: 3},
		"far/away":   {Kind: rootfs.File, Mode: 0o644, UID: 1 << 31, GID: 100000, Content: rootfs.Bytes("x")},
	} {
		if err := tree.Put(name, inode); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Link("etc/shadow", "etc/shadow-"); err != nil {
		t.Fatal(err)
	}
	return tree
}

func write(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := squashfs.Write(context.Background(), &out, sample(t), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUnsquashfsReadsWhatTheTreeHolds(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(file, write(t), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("unsquashfs", "-lln", "-UTC", file)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	listing := regexp.MustCompile(` +`).ReplaceAllString(string(out), " ")
	for _, line := range []string{
		"-rw-r----- 0/42 7 2023-11-14 22:13 squashfs-root/etc/shadow\n",
		"-rw-r----- 0/42 7 2023-11-14 22:13 squashfs-root/etc/shadow-\n",
		"-rwxr-xr-x 0/0 3200000 1970-01-01 00:00 squashfs-root/usr/big\n",
		"squashfs-root/usr/sbin -> bin\n",
		"drwxrwxrwt 0/0 3 1970-01-01 00:00 squashfs-root/tmp\n",
		"crw-rw-rw- 0/0 1, 3 1970-01-01 00:00 squashfs-root/srv/null\n",
		"-rw-r--r-- 2147483648/100000 1 1970-01-01 00:00 squashfs-root/far/away\n",
		"drwxr-xr-x 0/0 81 1980-01-01 00:00 squashfs-root\n",
	} {
		if !strings.Contains(listing, line) {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	content, err := exec.Command("unsquashfs", "-cat", file, "usr/big").Output()
	if err != nil || len(content) != 3_200_000 || !bytes.HasSuffix(content, []byte("abcdef")) {
		t.Errorf("usr/big came back as %d bytes, %v", len(content), err)
	}
	about, err := exec.Command("unsquashfs", "-s", file).CombinedOutput()
	if err != nil || !strings.Contains(string(about), "zstd") || !strings.Contains(string(about), "Block size 1048576") {
		t.Errorf("superblock: %v %s", err, about)
	}
	xattrs, err := exec.Command("rdsquashfs", "-x", "bin/ping", file).CombinedOutput()
	if err != nil || !strings.Contains(string(xattrs), "security.capability") {
		t.Errorf("xattrs of bin/ping: %v %s", err, xattrs)
	}
}

func TestSameBytesWhateverTheSurroundings(t *testing.T) {
	first := write(t)
	t.Setenv("TZ", "Pacific/Kiritimati")
	t.Setenv("SOURCE_DATE_EPOCH", "1234567890")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	defer syscall.Umask(syscall.Umask(0o077))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if second := write(t); !bytes.Equal(first, second) {
		t.Errorf("the same tree became %d and %d bytes, or other ones", len(first), len(second))
	}
}

func TestAFullDiskSaysSo(t *testing.T) {
	if err := squashfs.Write(context.Background(), full{}, sample(t), t.TempDir()); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestMissingProgramNamesThePackage(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if err := squashfs.Available(); !errors.Is(err, squashfs.ErrNoProgram) {
		t.Errorf("got %v", err)
	}
	err := squashfs.Write(context.Background(), &bytes.Buffer{}, sample(t), t.TempDir())
	if !errors.Is(err, squashfs.ErrNoProgram) {
		t.Errorf("got %v", err)
	}
}

func TestCancelLeavesNothingBehind(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	scratch := t.TempDir()
	if err := squashfs.Write(ctx, &bytes.Buffer{}, sample(t), scratch); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(scratch); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
