package lxdimage

import (
	"archive/tar"
	"context"
	"fmt"
	"io"

	"github.com/klauspost/pgzip"

	"lxdocker/internal/block"
	"lxdocker/internal/image"
	"lxdocker/internal/rootfs"
	"lxdocker/internal/squashfs"
	"lxdocker/internal/tarball"
)

// Format is the form of an image on disk.
type Format string

// The formats, as --imageformat names them.
const (
	Squashfs Format = "squashfs" // split: lxd.tar.xz and rootfs.squashfs
	Gzip     Format = "gzip"     // unified, compressed
	Tar      Format = "tar"      // unified, plain
)

// ParseFormat reads a --imageformat word.
func ParseFormat(s string) (Format, error) {
	switch f := Format(s); f {
	case Squashfs, Gzip, Tar:
		return f, nil
	}
	return "", fmt.Errorf("unknown image format %q: it is squashfs, gzip or tar", s)
}

// Output receives the files of one image, metadata first. Kinds are those of
// package image. An image whose files have capabilities has its root file system in
// two forms, and so two fingerprints: see docs/adr/0004.
type Output interface {
	Create(kind, name string) (io.WriteCloser, error)
	Scratch() string // a folder for files that live no longer than the call
}

// Options say how an image is written.
type Options struct {
	Format Format
	Codec  *block.Codec // for contents that no pack has compressed already, and for tables
	// Started, if not nil, is told which file is written next, and its size: of a
	// tarball that is the size of the contents in it.
	Started func(kind string, bytes int64)
	// Progress, if not nil, is told how many of these bytes were written, each time.
	Progress func(n int64)
}

func (o Options) start(kind string, bytes int64) {
	if o.Started != nil {
		o.Started(kind, bytes)
	}
}

// gzipBlock is fixed: the bytes of a parallel gzip depend on where it cuts, and
// must not depend on how many cores there are.
const gzipBlock = 1 << 20

// Write writes the image m and t make.
func Write(ctx context.Context, out Output, o Options, m Metadata, t *rootfs.Tree) error {
	switch o.Format {
	case Squashfs:
		return writeSplit(ctx, out, o, m, t)
	case Gzip:
		o.start(image.Unified, tarball.Size(t))
		return into(out, image.Unified, "lxd_combined.tar.gz", func(w io.Writer) error {
			return zipped(w, func(w io.Writer) error { return writeUnified(ctx, w, o, m, t) })
		})
	case Tar:
		o.start(image.Unified, tarball.Size(t))
		return into(out, image.Unified, "lxd_combined.tar", func(w io.Writer) error {
			return writeUnified(ctx, w, o, m, t)
		})
	}
	return fmt.Errorf("writing an image: unknown format %q", o.Format)
}

// WriteMetadata writes the metadata of a split image alone, whose other files are there.
func WriteMetadata(out Output, m Metadata) error {
	return into(out, image.Metadata, "lxd.tar.xz", m.writeArchive)
}

func writeSplit(ctx context.Context, out Output, o Options, m Metadata, t *rootfs.Tree) error {
	if err := WriteMetadata(out, m); err != nil {
		return err
	}
	err := into(out, image.Squashfs, "rootfs.squashfs", func(w io.Writer) error {
		return squashfs.Write(ctx, w, t, squashfs.Options{
			Codec:    o.Codec,
			Scratch:  out.Scratch(),
			Started:  func(size int64) { o.start(image.Squashfs, size) },
			Progress: o.Progress,
		})
	})
	if err != nil || !hasCapabilities(t) {
		return err
	}
	// After the squashfs, not at the same time: that keeps all cores busy already.
	o.start(image.Tarball, tarball.Size(t))
	return into(out, image.Tarball, "rootfs.tar.gz", func(w io.Writer) error {
		return writeTarball(ctx, w, o, t)
	})
}

// zipped compresses what is written, on several cores.
func zipped(out io.Writer, write func(io.Writer) error) error {
	packed := pgzip.NewWriter(out)
	if err := packed.SetConcurrency(gzipBlock, 4); err != nil {
		return fmt.Errorf("starting gzip: %w", err)
	}
	if err := write(packed); err != nil {
		_ = packed.Close()
		return err
	}
	if err := packed.Close(); err != nil {
		return fmt.Errorf("ending gzip: %w", err)
	}
	return nil
}

func writeUnified(ctx context.Context, out io.Writer, o Options, m Metadata, t *rootfs.Tree) error {
	w := tar.NewWriter(out)
	if err := m.writeEntries(w); err != nil {
		return err
	}
	if err := tarball.Write(ctx, w, t, "rootfs", o.Progress); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("ending the image's tar: %w", err)
	}
	return nil
}

// into writes one file of the image. A file that cannot be closed was not written.
func into(out Output, kind, name string, write func(io.Writer) error) error {
	f, err := out.Create(kind, name)
	if err != nil {
		return fmt.Errorf("creating %s: %w", name, err)
	}
	if err := write(f); err != nil {
		_ = f.Close()
		return fmt.Errorf("making %s: %w", name, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("finishing %s: %w", name, err)
	}
	return nil
}
