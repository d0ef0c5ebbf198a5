package build

import "lxdocker/internal/failure"

// aboutImage marks what is wrong with an image for the clients that asked for it. These
// kinds are set by those who read the image, and of nothing else; all other errors may be
// about this machine.
func aboutImage(err error) error {
	if err == nil || failure.PublicText(err) != "" {
		return err
	}
	switch failure.KindOf(err) {
	case failure.Corrupt, failure.TooLarge, failure.Unsupported:
		return failure.Public(err)
	}
	return err
}
