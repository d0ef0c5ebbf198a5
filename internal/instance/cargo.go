package instance

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// cargo is what travels from the root file system of an instance to its successor.
type cargo struct {
	pool    string
	id      string   // the volumes that are made for it have it
	folders []folder // they become volumes
	carried []string // paths that the new root gets
	transit string   // the volume in which these travel; "" if there are none
}

// folder is a VOLUME of an image that is a folder in the root file system.
type folder struct{ path, volume, device string }

func (c cargo) empty() bool { return len(c.folders)+len(c.carried) == 0 }

// load says what there is to travel; paths are those of the folders. It is an error if that
// would fail, as far as it can be told before anything has happened.
func (u *Updater) load(ctx context.Context, old daemon.Instance, paths []string) (c cargo, err error) {
	c = cargo{pool: rootPool(old), id: u.Self + " " + strconv.FormatInt(u.Now().UnixNano(), 10)}
	for _, p := range paths {
		f := folder{p, old.Name + part(p, 60), diskName(p)}
		if _, taken := old.Devices[f.device]; taken || c.pool == "" {
			return c, failure.Errorf(failure.Unsupported, "its data in %s, which is a folder in it, cannot be moved: attach a volume there first (docs/updating.md)", p)
		}
		c.folders = append(c.folders, f)
	}
	for _, p := range u.Carry {
		if err := u.carriable(ctx, old, p, paths); err != nil {
			return c, fmt.Errorf("carrying %s: %w", p, err)
		}
		c.carried, c.transit = append(c.carried, path.Clean(p)), old.Name+"-carried"
	}
	if c.empty() {
		return c, nil
	}
	for _, volume := range c.volumes() {
		_, err := u.Daemon.Volume(ctx, c.pool, volume)
		if err == nil {
			return c, fmt.Errorf("the volume %s, which what is in its root file system needs, is there already, in the pool %s: attach it to %s where it belongs, or remove it", volume, c.pool, old.Name)
		}
		if !daemon.NotFound(err) {
			return c, fmt.Errorf("looking for the volume %s: %w", volume, err)
		}
	}
	if machines := u.Daemon.Server.Architectures; !slices.Contains(machines, u.Copier.Machine) {
		return c, failure.Errorf(failure.Unsupported, "what is in its root file system is copied by this program, which is for %s, but the daemon is on %s: run it on such a machine, or attach volumes first (docs/updating.md)", u.Copier.Machine, strings.Join(machines, ", "))
	}
	if !u.Copier.Static {
		return c, failure.Errorf(failure.Unsupported, "what is in its root file system is copied by this program, which was built with cgo and needs libraries that the instance may not have: build lxdocker with CGO_ENABLED=0, as make does")
	}
	return c, nil
}

// volumes are the names of those that are made.
func (c cargo) volumes() (names []string) {
	for _, f := range c.folders {
		names = append(names, f.volume)
	}
	if c.transit != "" {
		names = append(names, c.transit)
	}
	return names
}

// at is where a volume is mounted for copying. It is not where it belongs: there, the guest
// would fill it.
func (c cargo) at(volume string) string {
	return "/.lxdocker/moving/" + strconv.Itoa(slices.Index(c.volumes(), volume))
}

// staged are the devices of volumes that are mounted for copying.
func (c cargo) staged(volumes ...string) daemon.Devices {
	all := daemon.Devices{}
	for _, volume := range volumes {
		all["lxdocker-moving-"+path.Base(c.at(volume))] = Mount{Volume: volume, Path: c.at(volume)}.device(c.pool)
	}
	return all
}

// outward are the places of the copies from the old root, and inward of those to the new one
// (see replica.Serve).
func (c cargo) outward() (places []string) {
	for _, f := range c.folders {
		places = append(places, ":"+f.path, c.at(f.volume)+":/")
	}
	for _, p := range c.carried {
		places = append(places, ":"+p, c.at(c.transit)+":"+p)
	}
	return places
}

func (c cargo) inward() (places []string) {
	for _, p := range c.carried {
		places = append(places, c.at(c.transit)+":"+p, ":"+p)
	}
	return places
}

// attach attaches the volumes of the folders where they belong.
func (c cargo) attach(i *daemon.Instance) {
	i.Devices = i.Devices.Clone()
	for _, f := range c.folders {
		i.Devices[f.device] = Mount{Volume: f.volume, Path: f.path}.device(c.pool)
		i.Config[KeyVolumes] = strings.TrimSpace(i.Config[KeyVolumes] + " " + f.volume)
	}
}
