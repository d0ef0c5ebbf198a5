package oracle_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	archive "github.com/moby/go-archive"
	"pgregory.net/rapid"
)

// unpacker is an oracle: it unpacks the layers into an empty folder and returns
// where the root of the file system is.
type unpacker func(dir string, blobs []blob) (root string, err error)

func goArchive(dir string, blobs []blob) (string, error) {
	for i, b := range blobs {
		if _, err := archive.UnpackLayer(dir, bytes.NewReader(b.archive), nil); err != nil {
			return "", fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	return dir, nil
}

// ask compares how an oracle and we merge a stack.
func ask(s stack, oracle unpacker) ([]string, error) {
	dir, err := os.MkdirTemp("", "oracle-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	blobs, err := s.blobs()
	if err != nil {
		return nil, err
	}
	tree, done, err := merge(filepath.Join(dir, "layers"), blobs)
	defer done()
	if err != nil {
		return nil, fmt.Errorf("ours: %w", err)
	}
	ours, err := ofTree(tree)
	if err != nil {
		return nil, fmt.Errorf("ours: %w", err)
	}
	started := time.Now().Unix() - 1
	folder := filepath.Join(dir, "unpacked")
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, err
	}
	root, err := oracle(folder, blobs)
	if err != nil {
		return nil, fmt.Errorf("the oracle: %w", err)
	}
	defer func() { _ = syscall.Unmount(root, syscall.MNT_DETACH) }() // only overlay2 mounts something
	theirs, err := ofFolder(root)
	if err != nil {
		return nil, err
	}
	return differences(ours, theirs, started), nil
}

// needRoot skips a test without root, and sets the umask,
// which for go-archive is the caller's job and for umoci makes implied parents 0755.
func needRoot(t *testing.T, umask int) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("to unpack layers takes root")
	}
	old := syscall.Umask(umask)
	t.Cleanup(func() { syscall.Umask(old) })
}

func check(t *rapid.T, s stack, oracle unpacker) {
	lines, err := ask(s, oracle)
	if err != nil {
		t.Fatalf("%v\n%v", err, s)
	}
	if len(lines) > 0 {
		t.Fatalf("%s\n%v", strings.Join(lines, "\n"), s)
	}
}

func TestRandomStacksAreAsDockerUnpacksThem(t *testing.T) {
	needRoot(t, 0)
	rapid.Check(t, func(t *rapid.T) { check(t, genStack(append(some, empty...), none, false).Draw(t, "stack"), goArchive) })
}
