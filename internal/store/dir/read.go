package dir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"lxdocker/internal/image"
)

// most is how long a version.json or retired.json may be.
const most = 1 << 20

// retirement is retired.json.
type retirement struct {
	At   time.Time  `json:"at"`
	Seen *time.Time `json:"seen,omitempty"` // when that was found to be yet to come
}

var errFormat = errors.New("format")

// read reads one version and checks, cheaply, that it is complete.
func read(root *os.Root, p image.ID) (image.Version, error) {
	v, err := readAll(root, p)
	v.Runs = nil // the ledger has none, and nobody needs those of all
	return v, err
}

// readAll reads what a version runs as well.
func readAll(root *os.Root, p image.ID) (image.Version, error) {
	dir, err := root.OpenRoot(p.Dir())
	if err != nil {
		return image.Version{}, err
	}
	defer dir.Close()
	var doc document
	err = readJSON(dir, versionFile, &doc)
	if errors.Is(err, fs.ErrNotExist) {
		return image.Version{}, errors.New(versionFile + " is missing")
	}
	if err != nil {
		return image.Version{}, err
	}
	v := doc.Version
	switch {
	case doc.Format != format:
		return v, fmt.Errorf("%s has %w %d, this program knows %d", versionFile, errFormat, doc.Format, format)
	case p != v.ID():
		return v, fmt.Errorf("%s is of %.100s", versionFile, v.Dir())
	}
	if err := v.Check(); err != nil {
		return v, fmt.Errorf("reading %s: %w", versionFile, err)
	}
	for _, f := range v.Files {
		info, err := regular(dir, f.Name)
		if errors.Is(err, fs.ErrNotExist) {
			return v, fmt.Errorf("%s is missing", f.Name) // the version is there, if not whole
		}
		if err != nil {
			return v, err
		}
		if info.Size() != f.Size {
			return v, fmt.Errorf("%s has %d bytes, not %d", f.Name, info.Size(), f.Size)
		}
	}
	if note, err := regular(dir, contentsFile); err == nil { // without it, the image is whole
		v.Note = note.Size()
	}
	v.Retired, err = readRetired(dir)
	return v, err
}

func readRetired(dir *os.Root) (*time.Time, error) {
	r, err := readRetirement(dir)
	if r == nil {
		return nil, err
	}
	return &r.At, err
}

// readRetirement returns nil if a version is not retired.
func readRetirement(dir *os.Root) (*retirement, error) {
	var r retirement
	err := readJSON(dir, retiredFile, &r)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return &r, err
}

func readJSON(dir *os.Root, name string, v any) error {
	info, err := regular(dir, name)
	if err != nil {
		return err
	}
	if info.Size() > most {
		return fmt.Errorf("%s has %d bytes, more than %d", name, info.Size(), most)
	}
	f, err := dir.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}

// regular refuses what is not a plain file: opening a pipe would never return,
// and a link may lead to a file that is not published.
func regular(dir *os.Root, name string) (fs.FileInfo, error) {
	info, err := dir.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", name)
	}
	return info, nil
}
