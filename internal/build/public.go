package build

import (
	"errors"
	"syscall"

	"lxdocker/internal/failure"
)

// aboutImage marks what is wrong with an image for the clients that asked for it. These
// kinds are set by those who read the image, and of nothing else; all other errors may be
// about this machine.
func aboutImage(err error) error {
	if err == nil || failure.PublicText(err) != "" {
		return err
	}
	switch kind := failure.KindOf(err); {
	case kind == failure.Internal && errors.Is(err, syscall.ENOSPC):
		return failure.New(failure.Full, err) // it may have room again, when old versions are gone
	case kind == failure.Corrupt, kind == failure.TooLarge, kind == failure.Unsupported:
		return failure.Public(err)
	}
	return err
}
