package assembly

import (
	"errors"

	"lxdocker/internal/block"
	"lxdocker/internal/failure"
	"lxdocker/internal/rootfs"
)

// failing is an error on its way from one process to another: what callers ask of errors.
type failing struct {
	Text, Public    string
	Kind            failure.Kind
	Larger, Damaged bool // errors.Is ErrLarger, ErrDamaged
}

func describe(err error) failing {
	return failing{
		Text: err.Error(), Public: failure.PublicText(err), Kind: failure.KindOf(err),
		Larger: errors.Is(err, rootfs.ErrLarger), Damaged: errors.Is(err, block.ErrDamaged),
	}
}

// error is the error again.
func (f failing) error() error {
	err := failure.New(f.Kind, told(f))
	if f.Public != "" {
		return failure.Tell(err, f.Public)
	}
	return err
}

// Error is for the way.
func (f *failing) Error() string { return f.Text }

type told failing

func (t told) Error() string { return t.Text }

func (t told) Is(target error) bool {
	return t.Larger && target == rootfs.ErrLarger || t.Damaged && target == block.ErrDamaged
}
