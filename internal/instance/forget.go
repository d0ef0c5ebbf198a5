package instance

import (
	"context"
	"slices"

	"lxdocker/internal/daemon"
)

// KeyImage is the property of images that lxdocker has brought into a daemon: what they were
// made from. An image of any server may have it, too, so that it proves nothing.
const KeyImage = "lxdocker.key"

// forget removes an image that lxdocker has brought, if no instance is made from it any more:
// updates would fill the disk with them. One that a person has given a name stays.
func (u *Updater) forget(ctx context.Context, fingerprint string) error {
	image, err := u.Daemon.Image(ctx, fingerprint)
	if daemon.NotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if image.Properties[KeyImage] == "" || len(image.Aliases) > 0 {
		return nil
	}
	all, err := u.Daemon.Instances(ctx)
	if err != nil || slices.ContainsFunc(all, func(i daemon.Instance) bool { return i.Config["volatile.base_image"] == fingerprint }) {
		return err
	}
	if err := u.Daemon.DeleteImage(ctx, fingerprint); err != nil && !daemon.NotFound(err) {
		return err
	}
	return nil
}
