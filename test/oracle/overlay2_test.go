package oracle_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	archive "github.com/moby/go-archive"
	"pgregory.net/rapid"
)

// overlay2 does what dockerd does on most machines: it unpacks every layer into a folder
// of its own, whiteouts in the form of overlayfs, and the kernel lays them over each other.
func overlay2(dir string, blobs []blob) (string, error) {
	lower := []string{filepath.Join(dir, "0"), filepath.Join(dir, "1")} // overlayfs wants two or more
	for i := range blobs {
		lower = append(lower, filepath.Join(dir, fmt.Sprint(i+2)))
	}
	root := filepath.Join(dir, "merged")
	for _, folder := range append(slices.Clone(lower), root) {
		if err := os.Mkdir(folder, 0o755); err != nil {
			return "", err
		}
	}
	for i, b := range blobs {
		err := archive.Unpack(bytes.NewReader(b.archive), lower[i+2], &archive.TarOptions{WhiteoutFormat: archive.OverlayWhiteoutFormat})
		if err != nil {
			return "", fmt.Errorf("layer %d: %w", i+1, err)
		}
	}
	slices.Reverse(lower)
	return root, syscall.Mount("overlay", root, "overlay", syscall.MS_RDONLY, "lowerdir="+strings.Join(lower, ":"))
}

func TestRandomStacksAreAsOverlay2HasThem(t *testing.T) {
	needRoot(t, 0)
	rapid.Check(t, func(t *rapid.T) { check(t, genStack(append(some, empty...), none, true).Draw(t, "stack"), overlay2) })
}
