package assembly

import (
	"lxdocker/internal/block"
	"lxdocker/internal/failure"
	"lxdocker/internal/rootfs"
)

// failing is an error on its way from the process that assembles.
type failing struct{ failure.Carried }

// asked are the errors that callers ask for.
func asked() []error { return []error{rootfs.ErrLarger, block.ErrDamaged} }

func describe(err error) failing { return failing{failure.Carry(err, asked()...)} }

// error is the error again.
func (f failing) error() error { return f.Arrived(asked()...) }

// Error is for the way.
func (f *failing) Error() string { return f.Text }
