package dir

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Leftovers are files that the first lxdocker left in a folder of images, beside what
// this one keeps there. Nothing reads them any more.
type Leftovers struct {
	Files []string // paths
	Bytes int64
}

// The first lxdocker had one file for each image, NAME-SHA256.rootfs, and NAME.meta
// beside it, which said in YAML what it was made from.
var (
	firstRootfs = regexp.MustCompile(`^.+-[0-9a-f]{64}\.rootfs$|^.+\.rootfs\.tmp$`)
	firstMeta   = regexp.MustCompile(`^.+\.meta[0-9]*$`)
)

// FindLeftovers looks for them in a folder of images.
func FindLeftovers(folder string) (found Leftovers, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return Leftovers{}, fmt.Errorf("looking for files of the first lxdocker: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		if !e.Type().IsRegular() || !firstRootfs.MatchString(e.Name()) && !(firstMeta.MatchString(e.Name()) && isFirstMeta(path)) {
			continue
		}
		if info, err := e.Info(); err == nil {
			found.Files, found.Bytes = append(found.Files, path), found.Bytes+info.Size()
		}
	}
	return found, nil
}

// isFirstMeta knows the files by what they say: others may have the ending, too.
func isFirstMeta(path string) bool {
	info, err := os.Stat(path)
	if err != nil || info.Size() > most {
		return false
	}
	text, err := os.ReadFile(path)
	return err == nil && bytes.Contains(text, []byte("lxdimagedigest:")) && bytes.Contains(text, []byte("filename:"))
}

// Remove removes the files.
func (l Leftovers) Remove() error {
	var errs []error
	for _, file := range l.Files {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing files of the first lxdocker: %w", err)
	}
	return nil
}
