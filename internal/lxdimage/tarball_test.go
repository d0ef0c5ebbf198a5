package lxdimage_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/testenv"
)

// bindService is cap_net_bind_service=ep as the kernel stores it
// (linux/capability.h, VFS_CAP_REVISION_2).
const bindService = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// capableTree has a program with a capability, and enough beside it for many
// blocks of any compression.
func capableTree(t *testing.T) *rootfs.Tree {
	t.Helper()
	tree := plainTree(t)
	random := rand.NewChaCha8([32]byte{})
	noise := make([]byte, 5<<20)
	_, _ = random.Read(noise)
	for i := range noise { // so that it can be compressed, a little
		noise[i] &= 0x3f
	}
	for name, inode := range map[string]rootfs.Inode{
		"usr/bin/server": {Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes("server"), Xattrs: map[string]string{"security.capability": bindService}},
		"srv/noise":      {Kind: rootfs.File, Mode: 0o644, Content: rootfs.Bytes(noise)},
	} {
		if err := tree.Put(name, inode); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func TestATreeWithCapabilitiesIsATarballToo(t *testing.T) {
	m := writeTree(t, lxdimage.Squashfs, capableTree(t))
	if want := []string{"metadata lxd.tar.xz", "squashfs rootfs.squashfs", "tarball rootfs.tar.gz"}; !slices.Equal(m.kinds, want) {
		t.Fatalf("files %q, want %q", m.kinds, want)
	}
	r, err := gzip.NewReader(m.files["rootfs.tar.gz"])
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	// The daemon unpacks this in rootfs/: there is no such prefix, and no metadata.
	want := []string{"./", "sbin/", "sbin/init", "srv/", "srv/noise", "usr/", "usr/bin/", "usr/bin/server"}
	if got := names(t, r); !slices.Equal(got, want) {
		t.Errorf("it holds %q, want %q", got, want)
	}
}

func TestOtherAttributesNeedNoTarball(t *testing.T) {
	tree := plainTree(t)
	if err := tree.Put("noted", rootfs.Inode{Kind: rootfs.File, Mode: 0o644, Xattrs: map[string]string{"user.note": "x"}}); err != nil {
		t.Fatal(err)
	}
	if m := writeTree(t, lxdimage.Squashfs, tree); len(m.kinds) != 2 {
		t.Errorf("files %q", m.kinds)
	}
}

// A unified image is a tarball already.
func TestUnifiedImagesAreOneFileAlsoWithCapabilities(t *testing.T) {
	for _, format := range []lxdimage.Format{lxdimage.Gzip, lxdimage.Tar} {
		if m := writeTree(t, format, capableTree(t)); len(m.kinds) != 1 {
			t.Errorf("%s: files %q", format, m.kinds)
		}
	}
}

// As the daemons unpack it (lxd/archive.go of both): GNU tar.
func TestGNUTarAndGetcapReadTheTarball(t *testing.T) {
	testenv.NeedsRoot(t) // nobody else may set capabilities
	getcap := testenv.NeedsProgram(t, "getcap", "libcap2-bin")
	dir := t.TempDir()
	cmd := exec.Command("tar", "--restrict", "--force-local", "-C", dir, "--numeric-owner", "--xattrs-include=*", "-zxf", "-")
	cmd.Stdin = bytes.NewReader(writeTree(t, lxdimage.Squashfs, capableTree(t)).files["rootfs.tar.gz"].Bytes())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v: %s", err, out)
	}
	program := filepath.Join(dir, "usr/bin/server")
	out, err := exec.Command(getcap, program).CombinedOutput()
	if want := program + " cap_net_bind_service=ep\n"; err != nil || string(out) != want {
		t.Errorf("getcap says %q (%v), not %q", out, err, want)
	}
}

// failing is an Output whose tarball cannot be written.
type failing struct{ memory }

func (f *failing) Create(kind, name string) (io.WriteCloser, error) {
	if kind == image.Tarball {
		return brokenPipe{}, nil
	}
	return f.memory.Create(kind, name)
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }
func (brokenPipe) Close() error              { return nil }

func TestATarballThatCannotBeWrittenIsAnError(t *testing.T) {
	out := &failing{memory{scratch: t.TempDir(), files: map[string]*bytes.Buffer{}}}
	if err := lxdimage.Write(t.Context(), out, options(lxdimage.Squashfs), metadata, capableTree(t)); err == nil {
		t.Error("the image was written")
	}
}
