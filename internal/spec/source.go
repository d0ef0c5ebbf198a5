package spec

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

const (
	maxSource   = 16 << 20 // bytes of one file in the folder of the spec
	maxContents = 64 << 20 // bytes of all files of one spec: they are kept in memory
)

var (
	errNotRegular = errors.New("not a regular file")
	errTooBig     = errors.New("too big")
)

// sourcesIn returns a function that reads files in the folder of a spec. No name and
// no symbolic link leads out of it, because a spec may come from somebody who must
// not read the rest of this machine.
func sourcesIn(folder *os.Root) func(name string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if !filepath.IsLocal(name) {
			return nil, errors.New("it is not in the folder of the spec")
		}
		return readAll(maxSource, func(flag int) (*os.File, error) { return folder.OpenFile(name, flag, 0) })
	}
}

// readAll reads a regular file of at most limit bytes. The error does not have the
// path, because the caller reports it with its place.
func readAll(limit int64, open func(flag int) (*os.File, error)) ([]byte, error) {
	f, err := open(os.O_RDONLY | syscall.O_NONBLOCK) // otherwise opening a pipe waits for a writer
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, bare(err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%w: more than %d MiB", errTooBig, limit>>20)
	}
	return data, nil
}

func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
