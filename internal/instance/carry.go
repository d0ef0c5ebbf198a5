package instance

import (
	"context"
	"path"
	"slices"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// guestFiles are what lxdocker adds to each image (docs/internals.md). Those of one version
// know nothing of another's.
var guestFiles = []string{"/.lxdocker", "/busybox-lxd", "/sbin/init", "/usr/sbin/init", "/lxd-enter", "/lxd-logs", "/lxd-prelaunch", "/lxd-realinit",
	"/lxd-udhcpc-default.script", "/lxd-udhcpc-default.script.real"}

// carriable is an error for a path that cannot be carried, or need not be, as it is in a
// volume or moved to one.
func (u *Updater) carriable(ctx context.Context, old daemon.Instance, p string, moved []string) error {
	if !path.IsAbs(p) || path.Clean(p) == "/" {
		return failure.Errorf(failure.Unsupported, "it is no path of a file or folder in the instance, which would begin with a slash")
	}
	p = path.Clean(p)
	if inside(anew, p) {
		return failure.Errorf(failure.Unsupported, "what is there is made anew at each start")
	}
	for _, own := range guestFiles {
		if within(own, p) || within(p, own) {
			return failure.Errorf(failure.Unsupported, "%s belongs to the image: name what is beside it", own)
		}
	}
	if covered(old.ExpandedDevices, p) || inside(moved, p) {
		return failure.Errorf(failure.Unsupported, "it is in a volume, which the new instance has, too")
	}
	_, err := u.Daemon.ReadFile(ctx, old.Name, p, 1)
	if failure.KindOf(err) == failure.Unsupported {
		return nil // it is a folder, or a link
	}
	return err
}

// inside says whether a path is one of several, or in one of them.
func inside(folders []string, p string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return within(p, f) })
}
