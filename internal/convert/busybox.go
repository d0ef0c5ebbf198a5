package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"lxdocker/internal/failure"
	"lxdocker/internal/guest"
)

// Busybox finds the static busybox that goes into every image. A program is read
// once, and again when its file changes: a server runs for longer than from one
// upgrade of the host to the next. It is for several goroutines.
type Busybox struct {
	files map[string]string

	mu   sync.Mutex
	read map[string]program // by file
}

// program is a busybox that was read.
type program struct {
	data    []byte
	sum     string // hex sha256 of data
	machine string // OCI architecture that it runs on
	info    fs.FileInfo
}

// NewBusybox returns a Busybox of files by OCI architecture; the file of "" serves
// the architectures that have none of their own.
func NewBusybox(files map[string]string) *Busybox {
	return &Busybox{files: files, read: map[string]program{}}
}

// Check says whether there is a program for an architecture.
func (b *Busybox) Check(architecture string) error {
	_, err := b.find(architecture)
	return err
}

// find gives the program for an architecture, and refuses one that could not run in
// such an image.
func (b *Busybox) find(architecture string) (program, error) {
	file, ok := b.files[architecture]
	if !ok {
		file = b.files[""]
	}
	p, err := b.load(file)
	if err != nil {
		return program{}, err
	}
	if p.machine != architecture {
		err := failure.Errorf(failure.Unsupported, "busybox %s is for %s, the image for %s: name a static busybox with --busybox %s=FILE", file, p.machine, architecture, architecture)
		return program{}, failure.Tell(err, fmt.Sprintf("this server makes no images for %s", architecture))
	}
	return p, nil
}

func (b *Busybox) load(file string) (program, error) {
	info, err := os.Stat(file)
	if err != nil {
		return program{}, unreadable(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.read[file]; ok && os.SameFile(p.info, info) && p.info.Size() == info.Size() && p.info.ModTime().Equal(info.ModTime()) {
		return p, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return program{}, unreadable(err)
	}
	machine, err := guest.Machine(data)
	if err != nil {
		return program{}, fmt.Errorf("reading busybox %s: %w", file, err)
	}
	sum := sha256.Sum256(data)
	p := program{data, hex.EncodeToString(sum[:]), machine, info}
	b.read[file] = p
	return p, nil
}

func unreadable(err error) error {
	return fmt.Errorf("reading busybox: %w: run `apt install busybox-static`, or name one with --busybox FILE", err)
}
