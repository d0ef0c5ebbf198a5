package instance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// volumes finds the volumes of the new and of the old image that are folders with files in the
// old root file system: their data has to be moved, or it would be lost. Volumes that only the
// new image has are made, as for an instance of lxdocker run, or else the next update would
// find such a folder.
func (u *Updater) volumes(ctx context.Context, old daemon.Instance, made string) (cargo, error) {
	ofNew, err := u.declared(ctx, made)
	if err != nil {
		return cargo{}, err
	}
	ofOld, err := u.declared(ctx, old.Name)
	if err != nil {
		return cargo{}, err
	}
	paths, err := u.lying(ctx, old, slices.Concat(ofNew, ofOld))
	if err != nil {
		return cargo{}, err
	}
	c, err := u.load(ctx, old, paths)
	if err != nil {
		return cargo{}, err
	}
	ofNew = slices.DeleteFunc(ofNew, func(path string) bool { return covered(old.ExpandedDevices, path) || inside(paths, path) })
	return c, u.makeVolumes(ctx, old, made, ofNew)
}

// anew are folders that are made anew at each start: nothing there is data.
var anew = []string{"/proc", "/sys", "/dev", "/run", "/var/run", "/tmp"}

// mostVolumes is how many volumes of an image an update makes or looks into. An instance can
// write into its list of them.
const mostVolumes = 64

// declared are the volumes of an instance's image that can have data.
func (u *Updater) declared(ctx context.Context, name string) (paths []string, err error) {
	all, err := imageVolumes(ctx, u.Daemon, name)
	for _, p := range all {
		if p = path.Clean("/" + p); p != "/" && !inside(anew, p) {
			paths = append(paths, p)
		}
	}
	if len(paths) > mostVolumes {
		return nil, failure.Errorf(failure.Unsupported, "the image of %s has %d volumes: an update takes %d at most", name, len(paths), mostVolumes)
	}
	slices.Sort(paths)
	return slices.Compact(paths), err
}

// lying are those of the folders that have files in the root file system. One that is in
// another travels with that.
func (u *Updater) lying(ctx context.Context, i daemon.Instance, folders []string) (paths []string, err error) {
	slices.Sort(folders) // the outer ones first
	for _, path := range folders {
		if covered(i.ExpandedDevices, path) || inside(paths, path) {
			continue
		}
		names, err := u.Daemon.ListFiles(ctx, i.Name, path)
		if err != nil && !daemon.NotFound(err) {
			return nil, fmt.Errorf("looking for data in %s: %w", path, err)
		}
		if len(names) > 0 {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// covered says whether a folder is in a volume, or one itself.
func covered(devices daemon.Devices, path string) bool {
	for _, d := range devices {
		if d["type"] == "disk" && d["path"] != "/" && d["path"] != "" && within(path, d["path"]) {
			return true
		}
	}
	return false
}

func (u *Updater) makeVolumes(ctx context.Context, old daemon.Instance, made string, paths []string) error {
	pool := rootPool(old)
	for _, path := range paths {
		volume, device := old.Name+part(path, 60), diskName(path)
		if _, taken := old.Devices[device]; taken || pool == "" {
			return failure.Errorf(failure.Unsupported, "the new image has a volume at %s: attach one there first (docs/updating.md)", path)
		}
		err := u.near(old).CreateVolume(ctx, pool, daemon.Volume{Name: volume, Config: map[string]string{keyInstance: old.Name, "user.lxdocker.path": path}})
		if daemon.Exists(err) {
			return fmt.Errorf("the new image has a volume at %s, and the volume %s is there already, in the pool %s: attach it to %s, or remove it (`lxdocker rm -v %s` if an update that failed has left it)", path, volume, pool, old.Name, failedName(old.Name))
		}
		if err != nil {
			return fmt.Errorf("making the volume %s: %w", volume, err)
		}
		err = u.edit(ctx, made, func(i *daemon.Instance) error {
			if err := u.mine(*i); err != nil {
				return err
			}
			m, _ := markOf(*i)
			m.Made = append(m.Made, volume)
			i.Devices = i.Devices.Clone()
			i.Devices[device] = Mount{Volume: volume, Path: path}.device(pool)
			i.Config[KeyVolumes] = strings.TrimSpace(i.Config[KeyVolumes] + " " + volume)
			return m.on(i)
		})
		if err != nil { // nothing says yet whose it is
			return errors.Join(fmt.Errorf("attaching the volume %s: %w", volume, err), u.Daemon.DeleteVolume(context.WithoutCancel(ctx), pool, volume))
		}
	}
	return nil
}

// removeMade removes the volumes that were made for an instance that was never started.
func (u *Updater) removeMade(ctx context.Context, i daemon.Instance, m mark) error {
	for _, volume := range m.Made {
		pool := poolOfVolume(i.Devices, volume)
		if v, err := u.Daemon.Volume(ctx, pool, volume); err != nil || len(v.UsedBy) > 0 {
			continue // a person has taken it for something else
		}
		if err := u.Daemon.DeleteVolume(ctx, pool, volume); err != nil {
			return fmt.Errorf("removing the volume %s again: %w", volume, err)
		}
	}
	return nil
}

// rootPool is the storage pool of an instance's root disk.
func rootPool(i daemon.Instance) string {
	for _, d := range i.ExpandedDevices {
		if d["type"] == "disk" && d["path"] == "/" {
			return d["pool"]
		}
	}
	return ""
}

// unchanged says whether nobody has changed, started or stopped an instance since it was seen.
func unchanged(now, seen daemon.Instance) bool {
	settings := func(i daemon.Instance) map[string]string {
		c := maps.Clone(i.Config)
		maps.DeleteFunc(c, func(key, _ string) bool { return strings.HasPrefix(key, "volatile.") || key == keyUpdate })
		return c
	}
	return now.Running() == seen.Running() && maps.Equal(settings(now), settings(seen)) && reflect.DeepEqual(now.Devices, seen.Devices) && slices.Equal(now.Profiles, seen.Profiles)
}
