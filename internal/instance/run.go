package instance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// Images brings images into a daemon.
type Images interface {
	// Bring makes sure that the daemon has the image that a reference means now, and
	// returns its fingerprint.
	Bring(ctx context.Context, d *daemon.Client, reference string) (fingerprint string, err error)
}

// Create makes an instance with all that it needs, and does not start it. label is what it
// is called if nobody named it. If something fails, nothing of it is left behind.
func Create(ctx context.Context, d *daemon.Client, images Images, o Options, label string) (name string, err error) {
	settings, err := o.Settings()
	if err != nil {
		return "", err
	}
	project, err := d.Project(ctx)
	if err != nil {
		return "", fmt.Errorf("looking at the project: %w", err)
	}
	if err := permitted(project, o); err != nil {
		return "", err
	}
	all, err := d.Instances(ctx)
	if err != nil {
		return "", fmt.Errorf("looking which instances there are: %w", err)
	}
	if o.Name == "" {
		o.Name = freeName(all, label)
	}
	if err := free(all, o); err != nil {
		return "", err
	}
	if o.Vacant != nil {
		if err := o.Vacant(o.Ports); err != nil {
			return "", err
		}
	}
	if o.Profiles == nil {
		o.Profiles = []string{"default"}
	}
	pool, err := poolOf(ctx, d, o)
	if err != nil {
		return "", err
	}
	fingerprint, err := images.Bring(ctx, d, o.Reference)
	if err != nil {
		return "", err
	}
	m := maker{Client: d, options: o, pool: pool}
	if err := m.make(ctx, settings, fingerprint); err != nil {
		return "", errors.Join(err, m.undo(ctx))
	}
	return o.Name, nil
}

// poolOf is the storage pool of the instance's root disk, where its volumes are made, too.
func poolOf(ctx context.Context, d *daemon.Client, o Options) (pool string, err error) {
	if o.Pool != "" {
		return o.Pool, nil
	}
	for _, name := range o.Profiles {
		p, err := d.Profile(ctx, name)
		if err != nil {
			return "", fmt.Errorf("looking at the profile %s: %w", name, err)
		}
		for _, device := range p.Devices {
			if device["type"] == "disk" && device["path"] == "/" {
				pool = device["pool"] // of several profiles the last counts
			}
		}
	}
	if pool == "" {
		return "", failure.Errorf(failure.NotFound, "the profiles %s have no root disk: name a storage pool with --pool", strings.Join(o.Profiles, ", "))
	}
	return pool, nil
}

// maker makes an instance, and knows what it has made.
type maker struct {
	*daemon.Client
	options Options
	pool    string
	volumes []string
	made    bool
}

func (m *maker) make(ctx context.Context, settings map[string]string, fingerprint string) error {
	for _, mount := range m.options.Mounts {
		if mount.Volume != "" {
			if err := m.named(ctx, mount.Volume); err != nil {
				return err
			}
		}
	}
	name := m.options.Name
	err := m.Create(ctx, daemon.NewInstance{Name: name, Ephemeral: m.options.Ephemeral, Profiles: m.options.Profiles,
		Config: settings, Devices: m.options.devices(m.pool), Source: daemon.Source{Type: "image", Fingerprint: fingerprint}})
	if daemon.Exists(err) {
		return fmt.Errorf("the name %q is already in use by an instance: remove or rename that, or take another --name", name)
	}
	m.made = err == nil || ctx.Err() != nil
	if err != nil {
		return fmt.Errorf("making the instance %s: %w", name, err)
	}
	if m.options.Remove {
		return nil // its data would go with it
	}
	return m.own(ctx)
}

// named makes a volume that a person has named, unless it is there.
func (m *maker) named(ctx context.Context, name string) error {
	_, err := m.Volume(ctx, m.pool, name)
	if err == nil || !daemon.NotFound(err) {
		return err
	}
	return m.volume(ctx, name, nil)
}

func (m *maker) volume(ctx context.Context, name string, config map[string]string) error {
	if err := m.CreateVolume(ctx, m.pool, daemon.Volume{Name: name, Config: config}); err != nil {
		if daemon.Exists(err) {
			return fmt.Errorf("the volume %s is there already, in the pool %s: attach it with -v %s:PATH, or remove it", name, m.pool, name)
		}
		return fmt.Errorf("making the volume %s: %w", name, err)
	}
	m.volumes = append(m.volumes, name)
	return nil
}

// keyInstance is what volumes of images say: whose they were at first.
const keyInstance = "user.lxdocker.instance"

// own gives each VOLUME of the image a custom volume, unless something is mounted there.
func (m *maker) own(ctx context.Context) error {
	name := m.options.Name
	paths, err := imageVolumes(ctx, m.Client, name)
	if err != nil || len(paths) == 0 {
		return err
	}
	i, err := m.Instance(ctx, name)
	if err != nil {
		return err
	}
	i.Devices = i.Devices.Clone()
	var made []string
	for _, path := range paths {
		if mounted(i.ExpandedDevices, path) {
			continue
		}
		volume := name + part(path, 60)
		if err := m.volume(ctx, volume, map[string]string{keyInstance: name, "user.lxdocker.path": path}); err != nil {
			return err
		}
		made = append(made, volume)
		i.Devices[diskName(path)] = Mount{Volume: volume, Path: path}.device(m.pool)
	}
	if len(made) == 0 {
		return nil
	}
	i.Config[KeyVolumes] = strings.Join(made, " ")
	if err := m.Update(ctx, i); err != nil {
		return fmt.Errorf("attaching the volumes of %s: %w", name, err)
	}
	return nil
}

func mounted(devices daemon.Devices, path string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(devices)), func(d daemon.Device) bool {
		return d["type"] == "disk" && d["path"] == path
	})
}

// imageVolumes are the folders that the image declares as volumes; the daemon reads them
// where the guest has them (docs/internals.md).
func imageVolumes(ctx context.Context, d *daemon.Client, name string) (paths []string, err error) {
	list, err := d.ReadFile(ctx, name, "/.lxdocker/image/volumes", 1<<20)
	if daemon.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the volumes of the image: %w", err)
	}
	for path := range strings.SplitSeq(string(list), "\x00") {
		if path != "" && path != "/" {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// Begin starts an instance that Create has made. If it cannot be started, it goes away again.
func Begin(ctx context.Context, d *daemon.Client, name string) error {
	err := d.Start(ctx, name)
	if err == nil {
		return nil
	}
	_, wrong := Remove(context.WithoutCancel(ctx), d, name, true, true)
	return errors.Join(fmt.Errorf("starting %s: %w", name, err), wrong)
}

// undo removes what was made, even if nobody waits any more.
func (m *maker) undo(ctx context.Context) (err error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer stop()
	if m.made {
		if wrong := m.Delete(ctx, m.options.Name); wrong != nil && !daemon.NotFound(wrong) {
			err = errors.Join(err, fmt.Errorf("removing %s again: %w", m.options.Name, wrong))
		}
	}
	for _, volume := range m.volumes {
		if wrong := m.DeleteVolume(ctx, m.pool, volume); wrong != nil && !daemon.NotFound(wrong) {
			err = errors.Join(err, fmt.Errorf("removing the volume %s again: %w", volume, wrong))
		}
	}
	return err
}
