package certificate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"lxdocker/internal/durable"
)

// Files are where a certificate and its key are, both PEM.
type Files struct {
	Cert, Key string
	Made      bool // just now: nobody knows the certificate yet
}

// SelfSigned returns the pair in dir. If there is none it makes one for the
// hosts, which may be names and addresses; the first name is what LXD and Incus
// will expect the server to be called, and there has to be one.
func SelfSigned(dir string, hosts []string, now time.Time) (Files, error) {
	files := Own(dir)
	have, err := files.exist()
	switch {
	case err != nil:
	case have:
		err = files.mend(dir)
	default:
		files.Made, err = files.create(dir, hosts, now)
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
func (f Files) create(dir string, hosts []string, now time.Time) (made bool, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, err
	}
	lock, err := f.lock(dir)
	if err != nil {
		return false, err
	}
	defer lock.Unlock()
	if have, err := f.exist(); have || err != nil {
		return false, err
	}
	cert, key, err := generate(hosts, now)
	if err != nil {
		return false, err
	}
	if err := durable.WriteFile(f.Key, key, 0o600); err != nil {
		return false, err
	}
	return true, durable.WriteFile(f.Cert, cert, 0o644)
}
