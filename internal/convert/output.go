package convert

import (
	"io"

	"lxdocker/internal/squashfs"
	"lxdocker/internal/store"
)

// output lets an image be written into a draft of the store.
type output struct {
	draft   store.Draft
	scratch string
}

func (o output) Create(kind, name string) (io.WriteCloser, error) { return o.draft.Create(kind, name) }

// Long runs of blocks are shared with the layer cache, where the file system can.
var _ squashfs.Cloner = store.Writer(nil)

func (o output) Scratch() string { return o.scratch }
