package squashfs

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/tarball"
)

const (
	program   = "tar2sqfs"
	blockSize = "1048576"
	level     = "level=3"
)

// ErrNoProgram is returned when tar2sqfs is not installed.
var ErrNoProgram = errors.New("the program tar2sqfs is not installed: run `apt install squashfs-tools-ng`, or use --imageformat gzip")

// Available says whether images can be written here at all, so that a run can
// fail before it downloads anything.
func Available() error {
	if _, err := exec.LookPath(program); err != nil {
		return ErrNoProgram
	}
	return nil
}

// Write writes the tree to w. scratch is a folder that may hold the image
// meanwhile: the format needs a file that can be sought, w need not be one.
func Write(ctx context.Context, w io.Writer, t *rootfs.Tree, scratch string) error {
	dir, err := os.MkdirTemp(scratch, "squashfs-")
	if err != nil {
		return fmt.Errorf("writing squashfs: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "image")
	if err := run(ctx, file, t); err != nil {
		return fmt.Errorf("writing squashfs: %w", err)
	}
	return copyTo(w, file)
}

func copyTo(w io.Writer, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("reading the finished squashfs: %w", err)
	}
	defer f.Close()
	if _, err := io.CopyBuffer(struct{ io.Writer }{w}, f, make([]byte, 1<<20)); err != nil {
		return fmt.Errorf("copying the finished squashfs: %w", err)
	}
	return nil
}

// run streams the tree into the program. Its exit status alone is not enough:
// version 1.2.0 skips entries it cannot read unless told --no-skip.
func run(ctx context.Context, file string, t *rootfs.Tree) error {
	// Held open while the program writes it: when it fails it removes the file,
	// and whether the disk was full could no longer be seen.
	held, err := os.Create(file)
	if err != nil {
		return err
	}
	defer held.Close()
	cmd := exec.CommandContext(ctx, program, "--quiet", "--no-skip", "--force",
		"--compressor", "zstd", "--comp-extra", level, "--block-size", blockSize, file)
	// No variable of the caller may reach the bytes (SOURCE_DATE_EPOCH would).
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "SOURCE_DATE_EPOCH=0"}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return ErrNoProgram
		}
		return err
	}
	streamed := stream(ctx, in, t)
	ended := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case ended != nil: // the broken pipe on our side is only its echo
		if err := full(filepath.Dir(file)); err != nil {
			ended = err
		}
		return fmt.Errorf("%s: %w: %s", program, ended, sentence(complaints.String()))
	default:
		return streamed
	}
}

// full says so when a disk is: the program itself only speaks of an I/O error.
func full(dir string) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) > 4<<20 {
		return nil
	}
	return &os.PathError{Op: "write", Path: dir, Err: syscall.ENOSPC}
}

func stream(ctx context.Context, in io.WriteCloser, t *rootfs.Tree) error {
	w := tar.NewWriter(in)
	err := tarball.Write(ctx, w, t, "")
	if err == nil {
		err = w.Close()
	}
	return errors.Join(err, in.Close())
}

// sentence brings what the program said into one line.
func sentence(s string) string {
	return strings.Join(strings.FieldsFunc(strings.TrimSpace(s), func(r rune) bool { return r == '\n' }), "; ")
}
