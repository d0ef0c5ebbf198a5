package dir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lxdocker/internal/durable"
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
		if err := durable.MakeDir(path, 0o755); err != nil {
			return "", fmt.Errorf("making a folder of the store: %w", err)
		}
	}
	return path, nil
}

// makeRoot makes the store's own folder. Nobody else may change what is in it.
func (s *Store) makeRoot() error {
	if err := os.MkdirAll(filepath.Dir(s.dir), 0o755); err != nil {
		return fmt.Errorf("making the store: %w", err)
	}
	if err := durable.MakeDir(s.dir, 0o755); err != nil {
		return fmt.Errorf("making the store: %w", err)
	}
	err := durable.CheckOwner(s.dir)
	if err == nil {
		err = s.checkFormat()
	}
	if err != nil {
		return fmt.Errorf("writing to the store: %w", err)
	}
	return nil
}

// finish brings a written file to the disk and closes it.
func finish(f *os.File) error {
	return errors.Join(f.Chmod(0o644), f.Sync(), f.Close())
}

// writeTemp writes a file that gets its place later, by a rename. Its content may not be on
// the disk yet. It needs the mutation lock: the file has no owner, and is replaced if a crash
// has left it.
func (s *Store) writeTemp(data []byte) (path string, err error) {
	tmp, err := s.makeDirs(tmpDir)
	if err != nil {
		return "", err
	}
	path = filepath.Join(tmp, "file")
	if err := os.RemoveAll(path); err != nil {
		return "", err
	}
	err = os.WriteFile(path, data, 0o644)
	return path, errors.Join(err, os.Chmod(path, 0o644)) // whatever the umask is
}

// replaceFile puts a file in place, whole or not at all. The folder of path has to
// exist. It needs the mutation lock: its temporary file has no owner.
func (s *Store) replaceFile(path string, data []byte) error {
	tmp, err := s.makeDirs(tmpDir)
	if err != nil {
		return err
	}
	return durable.WriteFileVia(filepath.Join(tmp, "file"), path, data, 0o644)
}
