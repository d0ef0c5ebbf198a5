package certificate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Files are where a certificate and its key are, both PEM.
type Files struct{ Cert, Key string }

// SelfSigned returns the pair in dir. If there is none it makes one for the
// hosts, which may be names and addresses; the first name is what LXD and Incus
// will expect the server to be called, and there has to be one.
func SelfSigned(dir string, hosts []string, now time.Time) (Files, error) {
	files := Files{Cert: filepath.Join(dir, "imgserver.crt"), Key: filepath.Join(dir, "imgserver.key")}
	have, err := files.exist()
	if !have && err == nil {
		err = files.create(dir, hosts, now)
	}
	if err != nil {
		return Files{}, fmt.Errorf("making a certificate in %s: %w", dir, err)
	}
	return files, nil
}

// exist says whether the pair is there. A key alone is what a crash leaves
// behind: nobody has seen a certificate for it.
func (f Files) exist() (bool, error) {
	_, noCert := os.Stat(f.Cert)
	if errors.Is(noCert, fs.ErrNotExist) {
		return false, nil
	}
	_, noKey := os.Stat(f.Key)
	if errors.Is(noKey, fs.ErrNotExist) {
		return false, fmt.Errorf("%s is there, but its key %s is not: bring it back, or remove both for a new pair, which clients then have to be told", f.Cert, f.Key)
	}
	return noCert == nil && noKey == nil, errors.Join(noCert, noKey)
}

// create makes the pair, unless another server is quicker.
func (f Files) create(dir string, hosts []string, now time.Time) error {
	unlock, err := lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if have, err := f.exist(); have || err != nil {
		return err
	}
	cert, key, err := generate(hosts, now)
	if err != nil {
		return err
	}
	if err := install(f.Key, key, 0o600); err != nil {
		return err
	}
	return install(f.Cert, cert, 0o644)
}

// lock makes the folder and keeps other servers from doing anything in it.
func lock(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(d.Fd()), unix.LOCK_EX)
		if err == nil {
			return func() { _ = d.Close() }, nil
		}
		if !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(fmt.Errorf("locking the folder: %w", err), d.Close())
		}
	}
}

// install puts a file in place, whole or not at all.
func install(path string, data []byte, mode fs.FileMode) error {
	fresh := path + ".new"
	if err := os.RemoveAll(fresh); err != nil { // a crash may have left it, with any mode
		return err
	}
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
