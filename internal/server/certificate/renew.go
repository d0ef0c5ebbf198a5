package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lxdocker/internal/durable"
)

// old is what the name of a file ends in that Renew has replaced.
const old = ".old"

// Own says where the pair that SelfSigned makes in dir is.
func Own(dir string) Files {
	return Files{Cert: filepath.Join(dir, "imgserver.crt"), Key: filepath.Join(dir, "imgserver.key")}
}

// Renew replaces the pair in dir by a new one, which no client knows. It keeps the one
// before beside it, under names that end in ".old". A server that uses the pair takes the
// new one at the next connection. There has to be a pair.
func Renew(dir string, hosts []string, now time.Time) (Files, error) {
	f := Own(dir)
	if err := f.renew(dir, hosts, now); err != nil {
		return Files{}, fmt.Errorf("renewing the certificate in %s: %w", dir, err)
	}
	f.Made = true
	return f, nil
}

func (f Files) renew(dir string, hosts []string, now time.Time) error {
	if _, err := os.Stat(f.Cert); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no %s: imgserver makes it when it starts", f.Cert)
	}
	lock, err := f.lock(dir)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	cert, key, err := generate(hosts, now)
	if err != nil {
		return err
	}
	if err := f.keepOld(); err != nil {
		return err
	}
	// After a crash between these two, mend puts the old key back.
	if err := durable.WriteFile(f.Key, key, 0o600); err != nil {
		return err
	}
	return durable.WriteFile(f.Cert, cert, 0o644)
}

// keepOld copies the pair, so that there is one under its names at any moment. A pair that
// fits together never makes way for one that does not.
func (f Files) keepOld() error {
	if !f.fit() {
		return nil
	}
	cert, err := os.ReadFile(f.Cert)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(f.Key)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(f.Key+old, key, 0o600); err != nil {
		return err
	}
	return durable.WriteFile(f.Cert+old, cert, 0o644)
}

// mend ends what a crash in the middle of Renew has left: the certificate that clients know,
// beside a key that is not its own.
func (f Files) mend(dir string) error {
	if f.fit() {
		return nil
	}
	lock, err := f.lock(dir)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	before := Files{Cert: f.Cert, Key: f.Key + old}
	if f.fit() || !before.fit() { // somebody was at work; or Load says what is wrong
		return nil
	}
	key, err := os.ReadFile(before.Key)
	if err != nil {
		return err
	}
	return durable.WriteFile(f.Key, key, 0o600)
}

func (f Files) fit() bool {
	_, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	return err == nil
}

func (f Files) lock(dir string) (*durable.FileLock, error) {
	lock, err := durable.Lock(context.Background(), filepath.Join(dir, ".lock"), nil)
	if err != nil {
		return nil, fmt.Errorf("locking the folder: %w", err)
	}
	return lock, nil
}
