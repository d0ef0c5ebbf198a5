package layer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

// helper runs one of the functions below in a process of its own.
func helper(t *testing.T, what, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$")
	cmd.Env = append(os.Environ(), "LAYER_HELPER="+what, "LAYER_DIR="+dir)
	return cmd
}

// TestHelperProcess is no test: it is what helper runs.
func TestHelperProcess(t *testing.T) {
	dir := os.Getenv("LAYER_DIR")
	switch os.Getenv("LAYER_HELPER") {
	case "":
	case "pack and forget":
		for i := range 60 {
			packAndForget(t, dir, i)
		}
	case "pack slowly":
		archive := sharedArchive(t)
		packInto(t, dir, func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(bytes.NewReader(archive[:len(archive)/2]), atEnd(func() { fmt.Println("half") }), newGate(nil))), nil
		})
	case "fill the disk":
		fillTheDisk(t, dir)
	}
}

func sharedArchive(t *testing.T) []byte {
	return archiveOf(t, file("a", strings.Repeat("text", 50_000)), file("b", "b"))
}

func packInto(t *testing.T, dir string, open func(context.Context) (io.ReadCloser, error)) *layer.Pack {
	cache, err := layer.Open(dir, 0, codec())
	if err != nil {
		t.Fatal(err)
	}
	archive := sharedArchive(t)
	p, err := cache.Pack(context.Background(), describe(archive, archive), open)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// packAndForget does what runs of lxdocker do to a cache, and now and then what
// a bad disk does.
func packAndForget(t *testing.T, dir string, i int) {
	p := packInto(t, dir, serve(sharedArchive(t)))
	defer p.Close()
	for e, err := range p.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		content(t, e)
	}
	switch (i + rand.IntN(3)) % 4 {
	case 0:
		cache, err := layer.Open(dir, 0, codec())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cache.Collect(func(string) bool { return false }, layer.Retention{}); err != nil {
			t.Fatal(err)
		}
	case 1:
		bad := fmt.Sprintf("%s/bad-%d", dir, os.Getpid())
		if err := os.WriteFile(bad, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		if os.Rename(bad, dir+"/"+folder(p.Digest())+"/index") != nil {
			os.Remove(bad) // another one collected it
		}
	}
}

func TestProcessesDoNotHarmEachOther(t *testing.T) {
	dir := t.TempDir()
	var cmds []*exec.Cmd
	var outs []*bytes.Buffer
	for range 4 {
		cmd := helper(t, "pack and forget", dir)
		out := new(bytes.Buffer)
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		cmds, outs = append(cmds, cmd), append(outs, out)
	}
	for i, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v\n%s", err, outs[i])
		}
	}
	packInto(t, dir, serve(sharedArchive(t))).Close()
	if left := leftIn(t, dir); len(left) != 1 {
		t.Errorf("left are %v", left)
	}
}

func TestKilledProcessLeavesNothingThatCounts(t *testing.T) {
	dir := t.TempDir()
	cmd := helper(t, "pack slowly", dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	packInto(t, dir, serve(sharedArchive(t))).Close()
	if left := leftIn(t, dir); len(left) != 2 {
		t.Errorf("while both are there: %v", left)
	}
	cmd.Process.Kill()
	cmd.Wait()
	packInto(t, dir, func(context.Context) (io.ReadCloser, error) { return nil, errors.New("the good pack is gone") }).Close()
	if left := leftIn(t, dir); len(left) != 1 {
		t.Errorf("after the kill: %v", left)
	}
}

// A tmpfs of its own needs a mount namespace, and that a user namespace unless
// the test runs as root.
func TestFullDiskIsSaidAndLeavesNothing(t *testing.T) {
	cmd := helper(t, "fill the disk", t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func fillTheDisk(t *testing.T, dir string) {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Fatal(err)
	}
	for behaviour, size := range map[string]int{"while reading": 8 << 20, "at the end": 2<<20 + 5000, "in the index": 2 << 20} {
		noise := make([]byte, size)
		rand.NewChaCha8([32]byte{}).Read(noise)
		archive := archiveOf(t, file("a", string(noise)))
		b := describe(archive, archive)
		_, err := pack(t, dir, 0, b, archive)
		if !errors.Is(err, syscall.ENOSPC) || failure.KindOf(err) == failure.Corrupt || !strings.Contains(err.Error(), b.Digest) {
			t.Errorf("%s: got %v", behaviour, err)
		}
	}
	small := archiveOf(t, file("a", "a"))
	if _, err := pack(t, dir, 0, describe(small, small), small); err != nil {
		t.Errorf("a small layer afterwards: %v", err)
	}
}
