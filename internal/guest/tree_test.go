package guest

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"lxdocker/internal/rootfs"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// busybox is the host's, as lxdocker takes it, or the one to be tried instead.
func busybox(t *testing.T) []byte {
	t.Helper()
	b, err := readBusybox()
	if err != nil {
		t.Fatalf("%v (apt install busybox-static)", err)
	}
	return b
}

var readBusybox = sync.OnceValues(func() ([]byte, error) { return os.ReadFile(busyboxFile()) })

func busyboxFile() string { return cmp.Or(os.Getenv("GUEST_TEST_BUSYBOX"), "/bin/busybox") }

// programs is where writeFile keeps the programs of all containers.
var (
	programs string
	sharing  sync.Mutex
)

// The programs in testdata, each compiled once.
var (
	probe   = sync.OnceValues(func() ([]byte, error) { return compile("testdata/probe.c") })
	stealer = sync.OnceValues(func() ([]byte, error) { return compile("testdata/steal.c") })
)

func compile(source string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "compile")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "program")
	if text, err := exec.Command("gcc", "-static", "-Os", "-Wall", "-Wextra", "-Werror", "-o", out, source).CombinedOutput(); err != nil {
		return nil, errors.Join(err, errors.New(string(text)))
	}
	return os.ReadFile(out)
}

// probeTree is the tree of an image that holds the probe and little else.
func probeTree(t *testing.T) *rootfs.Tree {
	t.Helper()
	program, err := probe()
	must(t, err)
	tree := rootfs.New()
	must(t, tree.Put("probe", rootfs.Inode{Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes(program)}))
	must(t, tree.Put("out", rootfs.Inode{Kind: rootfs.Dir, Mode: 0o777}))
	return tree
}

// text is a file that holds it.
func text(s string) rootfs.Inode {
	return rootfs.Inode{Kind: rootfs.File, Mode: 0o644, Content: rootfs.Bytes(s), ModTime: rootfs.Epoch}
}

func script(s string) rootfs.Inode {
	ino := text(s)
	ino.Mode = 0o755
	return ino
}

func dir(mode uint32) rootfs.Inode {
	return rootfs.Inode{Kind: rootfs.Dir, Mode: mode, ModTime: rootfs.Epoch}
}

func link(target string) rootfs.Inode {
	return rootfs.Inode{Kind: rootfs.Symlink, Mode: 0o777, Target: target, ModTime: rootfs.Epoch}
}

// unpack writes a tree to a directory.
func unpack(t *testing.T, tree *rootfs.Tree, root string) {
	t.Helper()
	first := map[uint32]string{}
	for name, ino := range tree.All() {
		at := filepath.Join(root, name)
		if old, ok := first[ino.Number]; ok && ino.Kind != rootfs.Dir {
			must(t, os.Link(old, at))
			continue
		}
		first[ino.Number] = at
		switch ino.Kind {
		case rootfs.Dir:
			if err := os.Mkdir(at, 0o755); err != nil && name != "." {
				t.Fatal(err)
			}
		case rootfs.Symlink:
			must(t, os.Symlink(ino.Target, at))
			must(t, os.Lchown(at, int(ino.UID), int(ino.GID)))
			continue
		case rootfs.FIFO:
			must(t, syscall.Mkfifo(at, 0o600))
		case rootfs.File:
			writeFile(t, at, ino)
		default:
			t.Fatalf("%s: kind %v", name, ino.Kind)
		}
		must(t, os.Chown(at, int(ino.UID), int(ino.GID)))
		must(t, syscall.Chmod(at, ino.Mode))
	}
}

// writeFile writes a file. The programs are big and never written to, so all
// containers have them from one copy.
func writeFile(t *testing.T, at string, ino *rootfs.Inode) {
	t.Helper()
	b, _ := ino.Content.(rootfs.Bytes)
	if len(b) < 500<<10 || ino.Mode != 0o755 {
		must(t, writeProgram(at, b))
		return
	}
	sharing.Lock() // what is being written cannot be executed
	defer sharing.Unlock()
	shared := filepath.Join(programs, fmt.Sprintf("%x", sha256.Sum256(b)))
	if _, err := os.Stat(shared); err != nil {
		must(t, writeProgram(shared, b))
	}
	if os.Link(shared, at) != nil { // it is on another disk
		must(t, writeProgram(at, b))
	}
}

// writeProgram writes what will be executed. A process that a parallel test
// starts at this moment would have the file open for writing, too, until it
// becomes another program; who executes the file before would be told that it is
// busy.
func writeProgram(at string, b []byte) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(at, b, 0o755)
}

func contentOf(t *testing.T, ino *rootfs.Inode) []byte {
	t.Helper()
	if ino.Content == nil {
		return nil
	}
	b, err := io.ReadAll(ino.Content.Open())
	must(t, err)
	return b
}
