package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// WriteFile puts a file in place, whole or not at all; when it returns, the file is on the
// disk. Its mode is as given, whatever the umask. The folder has to exist. Concurrent
// writers need a lock: until the file is complete it is called path + ".new", and a
// leftover of a crash is replaced.
func WriteFile(path string, data []byte, mode fs.FileMode) error {
	return WriteFileVia(path+".new", path, data, mode)
}

// WriteFileVia is WriteFile for a file that is made elsewhere on the same file system.
func WriteFileVia(temp, path string, data []byte, mode fs.FileMode) error {
	if err := os.RemoveAll(temp); err != nil { // a crash may have left it, with any mode
		return err
	}
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err == nil {
		err = Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
	}
	return err
}

// Rename gives a file or folder, which is on the disk already, another name, and
// brings that to the disk.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return Sync(filepath.Dir(to))
}

// MakeDir makes a folder, unless it is there, and brings its name to the disk. It has
// the mode, whatever the umask is.
func MakeDir(path string, mode fs.FileMode) error {
	err := os.Mkdir(path, mode)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		err = os.Chmod(path, mode)
	}
	if err == nil {
		err = Sync(filepath.Dir(path))
	}
	return err
}

// Sync waits until a file, or the names in a folder, are on the disk.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Replace puts a file in place, whole or not at all. Its content is synced before it gets
// its name, or a loss of power would leave a name without content; the name may not be
// synced, so it is for caches, which can do without a file. Any number of processes may
// call it at the same time. Leftovers of a crash begin with prefix, in the same folder.
func Replace(path, prefix string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), prefix+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Unnamed makes a file in a folder that is gone when it is closed, however the process
// ends. Where the file system makes none without a name, a crash in the instant before
// that is removed leaves one that begins with prefix.
func Unnamed(dir, prefix string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err == nil {
		return os.NewFile(uintptr(fd), filepath.Join(dir, prefix)), nil
	}
	f, err := os.CreateTemp(dir, prefix+"*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
