package instance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"path"
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

// Created is an instance that Create has made.
type Created struct {
	Name  string
	Notes []string // what a person has to know about it
	call  string   // the value of keyRun
	needs string   // what the host may lack for it
}

// Create makes an instance with all that it needs, and does not start it. label is what it
// is called if nobody named it. If something fails, nothing of it is left behind.
func Create(ctx context.Context, d *daemon.Client, images Images, o Options, label string) (c Created, err error) {
	settings, err := o.Settings()
	if err != nil {
		return c, err
	}
	project, err := d.Project(ctx)
	if err != nil {
		return c, fmt.Errorf("looking at the project: %w", err)
	}
	if err := permitted(project, o); err != nil {
		return c, err
	}
	all, err := d.Instances(ctx)
	if err != nil {
		return c, fmt.Errorf("looking which instances there are: %w", err)
	}
	if o.Name == "" {
		o.Name = freeName(all, label)
	}
	if err := free(all, o); err != nil {
		return c, err
	}
	if o.Vacant != nil {
		if err := o.Vacant(o.Ports); err != nil {
			return c, err
		}
	}
	if o.Profiles == nil {
		o.Profiles = []string{"default"}
	}
	pool, err := poolOf(ctx, d, o)
	if err != nil {
		return c, err
	}
	devices := o.devices(pool)
	if err := o.addGPUs(ctx, d, devices, settings); err != nil {
		return c, err
	}
	fingerprint, err := images.Bring(ctx, d, o.Reference)
	if err != nil {
		return c, err
	}
	c = Created{Name: o.Name, call: rand.Text()}
	settings[keyRun] = c.call
	if settings["nvidia.runtime"] != "" {
		c.needs = "for cards of NVIDIA, the host needs their driver and nvidia-container-toolkit"
	}
	m := maker{Client: d, options: o, pool: pool, created: &c}
	if err := m.make(ctx, settings, devices, fingerprint); err != nil {
		return Created{}, errors.Join(err, m.undo(ctx))
	}
	return c, nil
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
	volumes []string // those that it has made, or begun to
	created *Created
}

func (m *maker) make(ctx context.Context, settings map[string]string, devices daemon.Devices, fingerprint string) error {
	for _, mount := range m.options.Mounts {
		if mount.Volume != "" {
			if err := m.named(ctx, mount.Volume); err != nil {
				return err
			}
		}
	}
	name := m.options.Name
	err := m.Create(ctx, daemon.NewInstance{Name: name, Ephemeral: m.options.Ephemeral, Profiles: m.options.Profiles,
		Config: settings, Devices: devices, Source: daemon.Source{Type: "image", Fingerprint: fingerprint}})
	if daemon.Exists(err) {
		return fmt.Errorf("the name %q is already in use by an instance: remove or rename that, or take another --name", name)
	}
	if err != nil {
		return fmt.Errorf("making the instance %s: %w", name, err)
	}
	if err := writeStopSignal(ctx, m.Client, name, settings); err != nil {
		return err
	}
	if err := m.nvidia(ctx); err != nil {
		return err
	}
	if m.options.Remove {
		return nil // its data would go with it
	}
	return m.own(ctx)
}

// nvidia does what the image says of NVIDIA's driver, or notes that somebody has to.
func (m *maker) nvidia(ctx context.Context) error {
	name := m.options.Name
	list, err := m.ReadFile(ctx, name, "/.lxdocker/image/env", 1<<20)
	if err != nil && !daemon.NotFound(err) {
		return fmt.Errorf("reading the environment of the image: %w", err)
	}
	note, capabilities := wantsNVIDIA(name, m.Server.Kind, m.Server.Has(extensionCDI), strings.Split(string(list), "\x00"), m.options.GPUs)
	if note != "" {
		m.created.Notes = append(m.created.Notes, note)
	}
	if m.options.GPUs == nil || capabilities == "" {
		return nil
	}
	i, err := m.Instance(ctx, name)
	if err != nil || i.Config["nvidia.runtime"] == "" || i.Config["nvidia.driver.capabilities"] != "" {
		return err
	}
	i.Config["nvidia.driver.capabilities"] = capabilities
	if err := m.Update(ctx, i); err != nil {
		return fmt.Errorf("setting what NVIDIA's driver brings into %s: %w", name, err)
	}
	return nil
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
	marked := map[string]string{keyRun: m.created.call}
	maps.Copy(marked, config)
	err := m.CreateVolume(ctx, m.pool, daemon.Volume{Name: name, Config: marked})
	if daemon.Exists(err) {
		return fmt.Errorf("the volume %s is there already, in the pool %s: attach it with -v %s:PATH, or remove it", name, m.pool, name)
	}
	if err == nil || ctx.Err() != nil || failure.KindOf(err) == failure.Unavailable {
		m.volumes = append(m.volumes, name)
	}
	if err != nil {
		return fmt.Errorf("making the volume %s: %w", name, err)
	}
	return nil
}

// keyInstance is what volumes of images say: whose they were at first.
const keyInstance = "user.lxdocker.instance"

// keyPath is where they belong in it.
const keyPath = "user.lxdocker.path"

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
		if err := m.volume(ctx, volume, map[string]string{keyInstance: name, keyPath: path}); err != nil {
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

// imageVolumes are the folders that the image declares as volumes, and that can have data; the
// daemon reads them where the guest has them (docs/internals.md).
func imageVolumes(ctx context.Context, d *daemon.Client, name string) (paths []string, err error) {
	list, err := d.ReadFile(ctx, name, "/.lxdocker/image/volumes", 1<<20)
	if daemon.NotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the volumes of the image: %w", err)
	}
	for p := range strings.SplitSeq(string(list), "\x00") {
		if p = path.Clean("/" + p); p != "/" && !inside(anew, p) {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// Begin starts an instance that Create has made. If it cannot be started, it goes away again.
func Begin(ctx context.Context, d *daemon.Client, c Created) error {
	err := d.Start(ctx, c.Name)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("starting %s: %w", c.Name, err)
	if c.needs != "" && ctx.Err() == nil {
		err = fmt.Errorf("%w: %s", err, c.needs)
	}
	return errors.Join(err, c.Discard(ctx, d))
}

// Discard removes an instance that Create has made, whatever it does, with the volumes of its
// image, even if nobody waits any more. One that has its name by now is another.
func (c Created) Discard(ctx context.Context, d *daemon.Client) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer stop()
	if err := idle(ctx, d, c.Name); err != nil { // a start that nobody waits for goes on
		return fmt.Errorf("removing %s: %w", c.Name, err)
	}
	i, err := d.Instance(ctx, c.Name)
	switch {
	case daemon.NotFound(err), err == nil && i.Config[keyRun] != c.call:
		return nil
	case err != nil:
		return fmt.Errorf("removing %s: %w", c.Name, err)
	}
	_, err = Remove(ctx, d, c.Name, true, true)
	return err
}

// undo removes what was made, even if nobody waits any more: what carries the mark of this
// call, and nothing else. Whether it was made, nobody knows if that was broken off.
func (m *maker) undo(ctx context.Context) (err error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Minute)
	defer stop()
	wrong := idle(ctx, m.Client, m.options.Name)
	if wrong == nil {
		var i daemon.Instance
		if i, wrong = m.Instance(ctx, m.options.Name); wrong == nil && i.Config[keyRun] == m.created.call {
			wrong = m.Delete(ctx, m.options.Name)
		}
	}
	if wrong != nil && !daemon.NotFound(wrong) {
		err = errors.Join(err, fmt.Errorf("removing %s again: %w", m.options.Name, wrong))
	}
	for _, volume := range m.volumes {
		v, wrong := m.Volume(ctx, m.pool, volume)
		if wrong == nil && v.Config[keyRun] == m.created.call {
			wrong = m.DeleteVolume(ctx, m.pool, volume)
		}
		if wrong != nil && !daemon.NotFound(wrong) {
			err = errors.Join(err, fmt.Errorf("removing the volume %s again: %w", volume, wrong))
		}
	}
	return err
}
