package instance

import (
	"context"
	"fmt"
	"maps"
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
	return c, u.makeVolumes(ctx, old, made, ofNew, c.id)
}

// anew are folders that are made anew at each start: nothing there is data.
var anew = []string{"/proc", "/sys", "/dev", "/run", "/var/run", "/tmp"}

// mostVolumes is how many volumes of an image an update makes or looks into. An instance can
// write into its list of them.
const mostVolumes = 64

// declared are the volumes of an instance's image.
func (u *Updater) declared(ctx context.Context, name string) (paths []string, err error) {
	paths, err = imageVolumes(ctx, u.Daemon, name)
	if len(paths) > mostVolumes {
		return nil, failure.Errorf(failure.Unsupported, "the image of %s has %d volumes: an update takes %d at most", name, len(paths), mostVolumes)
	}
	return paths, err
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

// makeVolumes makes volumes and attaches them to the new instance. Its mark says so before, or a
// crash would leave one that is in the way for ever.
func (u *Updater) makeVolumes(ctx context.Context, old daemon.Instance, made string, paths []string, id string) error {
	if len(paths) == 0 {
		return nil
	}
	pool, added := rootPool(old), daemon.Devices{}
	begun := moving{ID: id, Pool: pool}
	for _, path := range paths {
		volume, device := old.Name+part(path, 60), diskName(path)
		if _, taken := old.Devices[device]; taken || pool == "" {
			return failure.Errorf(failure.Unsupported, "the new image has a volume at %s: attach one there first (docs/updating.md)", path)
		}
		added[device] = Mount{Volume: volume, Path: path}.device(pool)
		begun.Volumes = append(begun.Volumes, volume)
	}
	if err := u.mark(ctx, made, func(m *mark) { m.Made = &begun }); err != nil {
		return err
	}
	for n, path := range paths {
		volume := begun.Volumes[n]
		config := map[string]string{keyInstance: old.Name, keyMoving: id, keyPath: path}
		err := u.near(old).CreateVolume(ctx, pool, daemon.Volume{Name: volume, Config: config})
		if daemon.Exists(err) {
			if left, wrong := u.left(ctx, old.Name, pool, volume, path); left || wrong != nil {
				err = wrong
			} else {
				return fmt.Errorf("the new image has a volume at %s, and the volume %s is there already, in the pool %s: attach it to %s, or remove it", path, volume, pool, old.Name)
			}
		}
		if err != nil {
			return fmt.Errorf("making the volume %s: %w", volume, err)
		}
	}
	return u.edit(ctx, made, func(i *daemon.Instance) error {
		if err := u.mine(*i); err != nil {
			return err
		}
		i.Devices = i.Devices.Clone()
		maps.Copy(i.Devices, added)
		i.Config[KeyVolumes] = strings.TrimSpace(i.Config[KeyVolumes] + " " + strings.Join(begun.Volumes, " "))
		return nil
	})
}

// left says whether a volume was made for the version that did not pass the gate, and nothing
// else has it: the next one gets it, with what is in it.
func (u *Updater) left(ctx context.Context, name, pool, volume, at string) (bool, error) {
	v, err := u.Daemon.Volume(ctx, pool, volume)
	if err != nil || v.Config[keyInstance] != name || v.Config[keyPath] != at || len(v.UsedBy) != 1 {
		return false, err
	}
	failed, err := u.Daemon.Instance(ctx, failedName(name))
	if daemon.NotFound(err) {
		return false, nil
	}
	m, ok := beside(failed)
	return ok && m.Role == roleFailed && poolOfVolume(failed.Devices, volume) == pool, err
}

// removeMade removes the volumes that were made for an instance whose application was never
// started, before that instance goes, whose mark names them.
func (u *Updater) removeMade(ctx context.Context, i daemon.Instance, m mark) error {
	if m.Made == nil {
		return nil
	}
	if i.Running() {
		if err := u.kill(ctx, i.Name); err != nil {
			return err
		}
	}
	err := u.edit(ctx, i.Name, func(i *daemon.Instance) error {
		i.Devices = i.Devices.Clone()
		maps.DeleteFunc(i.Devices, func(_ string, d daemon.Device) bool {
			return d["type"] == "disk" && d["pool"] == m.Made.Pool && slices.Contains(m.Made.Volumes, d["source"])
		})
		return nil
	})
	if err != nil {
		return err
	}
	return u.removeVolumes(ctx, *m.Made)
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
