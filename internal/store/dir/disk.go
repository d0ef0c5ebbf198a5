package dir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// makeDirs makes a folder below the store and those above it. They are 0755
// whatever the umask of the cron job is: a web server under another user may
// have to read them.
func (s *Store) makeDirs(rel string) (string, error) {
	if err := s.makeRoot(); err != nil {
		return "", err
	}
	path := s.dir
	for name := range strings.SplitSeq(rel, "/") {
		path = filepath.Join(path, name)
		if err := makeDir(path); err != nil {
			return "", fmt.Errorf("making a folder of the store: %w", err)
		}
	}
	return path, nil
}

// makeRoot makes the store's own folder.
func (s *Store) makeRoot() error {
	if err := os.MkdirAll(filepath.Dir(s.dir), 0o755); err != nil {
		return fmt.Errorf("making the store: %w", err)
	}
	if err := makeDir(s.dir); err != nil {
		return fmt.Errorf("making the store: %w", err)
	}
	return nil
}

// makeDir makes a folder, unless it is there, in a way that survives a crash.
func makeDir(path string) error {
	err := os.Mkdir(path, 0o755)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		err = os.Chmod(path, 0o755)
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

// writeFile makes a file that is on the disk when it returns.
func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, finish(f))
}

// finish brings a written file to the disk and closes it.
func finish(f *os.File) error {
	return errors.Join(f.Chmod(0o644), f.Sync(), f.Close())
}

// replaceFile puts a file in place, whole or not at all. The folder of path
// has to exist. It has to run alone: its temporary file has no owner.
func (s *Store) replaceFile(path string, data []byte) error {
	tmp, err := s.makeDirs(tmpDir)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(tmp, "file-")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, finish(f)); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir brings the names in a folder to the disk.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
