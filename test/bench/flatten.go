package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/tarball"
)

// flattening is the argument with which this program is its own peer.
const flattening = "flatten"

// flatten makes a squashfs of an image that skopeo has put into a folder.
func flatten(ctx context.Context, dir, to string) error {
	layers, err := expand(dir)
	if err != nil {
		return err
	}
	tree := rootfs.New()
	for _, layer := range layers {
		defer layer.Close()
		if err := tree.Apply(ctx, entries(layer)); err != nil {
			return fmt.Errorf("applying %s: %w", layer.Name(), err)
		}
	}
	cmd := exec.CommandContext(ctx, "tar2sqfs", "--quiet", "--no-skip", "--force", "--compressor", "zstd", "--comp-extra", "level=3", "--block-size", "1048576", to)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	w := tar.NewWriter(in)
	err = tarball.Write(ctx, w, tree, "", nil)
	return errors.Join(err, w.Close(), in.Close(), cmd.Wait())
}

// expand decompresses the layers, all at once, into files beside them.
func expand(dir string) ([]*os.File, error) {
	var manifest struct {
		Layers []struct{ Digest string }
	}
	data, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &manifest); err != nil {
		return nil, fmt.Errorf("reading the manifest: %w", err)
	}
	files, errs := make([]*os.File, len(manifest.Layers)), make([]error, len(manifest.Layers))
	var group sync.WaitGroup
	for i, layer := range manifest.Layers {
		group.Go(func() { files[i], errs[i] = gunzip(filepath.Join(dir, strings.TrimPrefix(layer.Digest, "sha256:"))) })
	}
	group.Wait()
	return files, errors.Join(errs...)
}

func gunzip(blob string) (*os.File, error) {
	in, err := os.Open(blob)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("expanding %s: %w", blob, err)
	}
	out, err := os.Create(blob + ".tar")
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{out}, z, make([]byte, 1<<20)); err != nil {
		return nil, fmt.Errorf("expanding %s: %w", blob, err)
	}
	_, err = out.Seek(0, io.SeekStart)
	return out, err
}

// entries reads a plain tar. It keeps no contents, only where they are.
func entries(file *os.File) iter.Seq2[rootfs.Entry, error] {
	return func(yield func(rootfs.Entry, error) bool) {
		for r := tar.NewReader(file); ; {
			h, err := r.Next()
			if err == io.EOF {
				return
			}
			var e rootfs.Entry
			if err == nil {
				e, err = entry(file, h)
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func entry(file *os.File, h *tar.Header) (rootfs.Entry, error) {
	e := rootfs.Entry{Name: h.Name, Inode: rootfs.Inode{
		Mode: uint32(h.Mode & 0o7777), UID: uint32(h.Uid), GID: uint32(h.Gid), ModTime: h.ModTime.Unix(),
		Major: uint32(h.Devmajor), Minor: uint32(h.Devminor), Target: h.Linkname,
	}}
	for k, v := range h.PAXRecords {
		if name, ok := strings.CutPrefix(k, "SCHILY.xattr."); ok {
			if e.Inode.Xattrs == nil {
				e.Inode.Xattrs = make(map[string]string)
			}
			e.Inode.Xattrs[name] = v
		}
	}
	switch h.Typeflag {
	case tar.TypeDir:
		e.Inode.Kind = rootfs.Dir
	case tar.TypeReg:
		e.Inode.Kind = rootfs.File
		// The reader buffers nothing: what follows the header is the content.
		at, err := file.Seek(0, io.SeekCurrent)
		e.Inode.Content = section{file, at, h.Size}
		return e, err
	case tar.TypeLink:
		e.Hardlink = h.Linkname
	case tar.TypeSymlink:
		e.Inode.Kind = rootfs.Symlink
	case tar.TypeChar:
		e.Inode.Kind = rootfs.CharDevice
	case tar.TypeBlock:
		e.Inode.Kind = rootfs.BlockDevice
	case tar.TypeFifo:
		e.Inode.Kind = rootfs.FIFO
	default:
		return e, fmt.Errorf("reading %s: an entry of type %q", h.Name, h.Typeflag)
	}
	return e, nil
}

// section is the content of a file, in the middle of a tar.
type section struct {
	file     *os.File
	at, size int64
}

func (s section) Size() int64     { return s.size }
func (s section) Open() io.Reader { return io.NewSectionReader(s.file, s.at, s.size) }
