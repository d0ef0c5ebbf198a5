package dir

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"lxdocker/internal/version"
)

// folderFormat is the version of the folder as a whole: what is where, and how it is
// locked. It grows when an older program, which knows nothing of the change, would do
// damage; it is not the version of one file, such as version.json, which older programs
// pass over. Whoever makes it grow writes formatFile, with the mutation lock, before
// anything of the new format. A folder without the file has format 1.
const folderFormat = 1

// formatFile says that a folder has a later format than 1.
const formatFile = ".format"

// mostOfFormat is how many bytes of the file are looked at.
const mostOfFormat = 4 << 10

// formatted is formatFile.
type formatted struct {
	Format int    `json:"format"`
	By     string `json:"by,omitempty"` // version of the program that brought the folder into it
}

// FormatError refuses a folder of a later format, or of one that cannot be told. It stays
// until somebody does what it says.
type FormatError struct{ Err error }

func (e FormatError) Error() string { return e.Err.Error() }

// Unwrap gives what is wrong.
func (e FormatError) Unwrap() error { return e.Err }

// checkFormat refuses a folder of a later format than this program knows. It costs an
// lstat(2), and is called before anything is written: a newer program may have come since
// the folder was opened.
func (s *Store) checkFormat() error {
	if _, err := os.Lstat(s.path(formatFile)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	f, err := os.OpenInRoot(s.dir, formatFile)
	var is formatted
	lasting := false // what the file says stays; a disk that cannot be read may be read later
	if err == nil {
		var data []byte
		data, err = io.ReadAll(io.LimitReader(f, mostOfFormat))
		_ = f.Close()
		if err == nil {
			err = json.Unmarshal(data, &is)
			lasting = true
		}
	}
	switch {
	case err != nil:
		err = fmt.Errorf("the format of %s cannot be told from its file %s: %w; nothing was changed: restore that file, or remove it if no newer lxdocker has used the folder", s.dir, formatFile, err)
		if lasting {
			return FormatError{err}
		}
		return err
	case is.Format <= folderFormat:
		return nil
	}
	newer := "a newer lxdocker"
	if is.By != "" {
		newer = fmt.Sprintf("lxdocker %.50q or a later one", is.By)
	}
	return FormatError{fmt.Errorf("the folder %s has format %d, and this program (%s) knows formats up to %d; nothing was changed: install %s, or name another folder with --lxdimages",
		s.dir, is.Format, version.String(), folderFormat, newer)}
}
