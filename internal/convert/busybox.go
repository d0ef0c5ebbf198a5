package convert

import (
	"fmt"
	"os"

	"lxdocker/internal/failure"
	"lxdocker/internal/guest"
)

// Busybox finds the static busybox that goes into every image, by OCI
// architecture; the entry "" serves the architectures that have none of their own.
type Busybox map[string]string

// Read gives the program for an architecture, and refuses one that could not
// run in such an image.
func (b Busybox) Read(architecture string) ([]byte, error) {
	file, ok := b[architecture]
	if !ok {
		file = b[""]
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading busybox: %w: run `apt install busybox-static`, or name one with --busybox FILE", err)
	}
	machine, err := guest.Machine(data)
	if err != nil {
		return nil, fmt.Errorf("reading busybox %s: %w", file, err)
	}
	if machine != architecture {
		return nil, failure.Errorf(failure.Unsupported, "busybox %s is for %s, the image for %s: name a static busybox with --busybox %s=FILE", file, machine, architecture, architecture)
	}
	return data, nil
}
