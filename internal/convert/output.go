package convert

import (
	"io"
	"os"

	"lxdocker/internal/lxdimage"
	"lxdocker/internal/progress"
	"lxdocker/internal/squashfs"
	"lxdocker/internal/store"
)

// output lets an image be written into a draft of the store.
type output struct {
	draft *store.Draft
	task  progress.Task
}

func (o output) Create(kind, name string) (io.WriteCloser, error) {
	w, err := o.draft.Create(kind, name)
	if err != nil || kind != lxdimage.KindSquashfs {
		return w, err // of the others lxdimage.Options.Copied tells
	}
	return counted{w, o.task}, nil
}

// counted tells a task how much of a file is written.
type counted struct {
	*store.Writer
	task progress.Task
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.task.Add(int64(n))
	return n, err
}

// WriteFrom implements squashfs.Cloner.
func (c counted) WriteFrom(p []byte, src *os.File, off int64) (int, error) {
	n, err := c.Writer.WriteFrom(p, src, off)
	c.task.Add(int64(n))
	return n, err
}

var _ squashfs.Cloner = counted{}

func (o output) Scratch() string { return o.draft.Dir() }
