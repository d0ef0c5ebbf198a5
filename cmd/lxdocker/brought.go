package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/durable"
)

// brought remembers which images were brought into daemons, in a folder of the cache. What the
// images of a daemon say of themselves proves nothing: one from any server may claim to be
// what another one was made from.
type brought struct {
	dir string
	now func() time.Time
}

// rememberFor is for how long an image is remembered that nobody asks for.
const rememberFor = 90 * 24 * time.Hour

// find returns the fingerprint of an image that was made with a key, if the daemon has it; else
// "".
func (b brought) find(ctx context.Context, d *daemon.Client, key string) (fingerprint string, err error) {
	text, err := os.ReadFile(b.file(d, key))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking whether an image was made before: %w", err)
	}
	fingerprint = strings.TrimSpace(string(text))
	i, err := d.Image(ctx, fingerprint)
	if daemon.NotFound(err) || err == nil && i.Fingerprint != fingerprint {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("looking whether %s has an image: %w", d.Name(), err)
	}
	now := b.now()
	_ = os.Chtimes(b.file(d, key), now, now)
	return fingerprint, nil
}

// note notes an image that the daemon has now.
func (b brought) note(d *daemon.Client, key, fingerprint string) error {
	err := os.MkdirAll(b.dir, 0o700)
	if err == nil {
		// Two that note the same at once write the same.
		err = durable.WriteFileVia(filepath.Join(b.dir, fmt.Sprintf("new-%d-%d", os.Getpid(), b.now().UnixNano())), b.file(d, key), []byte(fingerprint+"\n"), 0o600)
	}
	if err != nil {
		return fmt.Errorf("noting that an image was made: %w", err)
	}
	return nil
}

// file has the fingerprint of the image of a key. The same image has two forms, for LXD and Incus.
func (b brought) file(d *daemon.Client, key string) string {
	return filepath.Join(b.dir, key+"."+d.Server.Kind)
}

// tidy forgets what nobody has asked for, and what a process has left that was killed.
func (b brought) tidy() {
	entries, _ := os.ReadDir(b.dir) // mostly there are few
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && b.now().Sub(info.ModTime()) > rememberFor {
			_ = os.Remove(filepath.Join(b.dir, e.Name()))
		}
	}
}
