package replica

import (
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// content copies what is in a file, and its holes. Where the file system can, the copy shares
// the blocks.
func content(from, to string, size int64) (err error) {
	in, err := open(from, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if unix.IoctlFileClone(int(out.Fd()), int(in.Fd())) == nil {
		return nil
	}
	buffer := make([]byte, 256<<10)
	for at := int64(0); at < size; {
		data, hole, err := segment(in, at, size)
		if err != nil {
			return err
		}
		_, err = io.CopyBuffer(io.NewOffsetWriter(out, data), io.NewSectionReader(in, data, hole-data), buffer)
		if err != nil {
			return fmt.Errorf("copying %s: %w", from, err)
		}
		at = hole
	}
	return out.Truncate(size)
}

// segment is the next part of a file that has data; both are size if there is none.
func segment(f *os.File, at, size int64) (data, hole int64, err error) {
	data, err = f.Seek(at, unix.SEEK_DATA)
	if errors.Is(err, unix.ENXIO) {
		return size, size, nil
	}
	if err != nil {
		return 0, 0, err
	}
	hole, err = f.Seek(data, unix.SEEK_HOLE)
	return min(data, size), min(hole, size), err
}
