package build

import (
	"io"

	"lxdocker/internal/store"
)

// output lets an image be written into a draft of the store.
type output struct{ draft *store.Draft }

func (o output) Create(kind, name string) (io.WriteCloser, error) { return o.draft.Create(kind, name) }

func (o output) Scratch() string { return o.draft.Dir() }
