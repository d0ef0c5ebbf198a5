package convert

import (
	"io"
	"log/slog"

	"lxdocker/internal/squashfs"
	"lxdocker/internal/store"
)

// output lets an image be written into a draft of the store.
type output struct {
	draft   store.Draft
	scratch string
	log     *slog.Logger
}

func (o output) Create(kind, name string) (io.WriteCloser, error) { return o.draft.Create(kind, name) }

// Long runs of blocks are shared with the layer cache, where the file system can.
var _ squashfs.Cloner = store.Writer(nil)

func (o output) Scratch() string { return o.scratch }

// Note implements assembly.Output. The image does not depend on it: what goes wrong is said,
// and left out.
func (o output) Note(write func(io.Writer) error) error {
	if err := o.draft.WriteContents(write); err != nil {
		o.log.Warn("leaving out the note of what is in an image", "error", err)
	}
	return nil
}
