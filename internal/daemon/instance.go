package daemon

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Device is the settings of a device; type is one of them.
type Device map[string]string

// Devices are devices by their names.
type Devices map[string]Device

// Clone copies them, so that the copies can be changed.
func (d Devices) Clone() Devices {
	all := Devices{}
	for name, device := range d {
		all[name] = maps.Clone(device)
	}
	return all
}

// Instance is a container, as the daemon describes it. Config and Devices are its own;
// what profiles add is in the Expanded ones.
type Instance struct {
	Name            string            `json:"name"`
	Description     string            `json:"description"`
	Type            string            `json:"type"`
	Status          string            `json:"status"`
	Architecture    string            `json:"architecture"`
	Ephemeral       bool              `json:"ephemeral"`
	Profiles        []string          `json:"profiles"`
	Config          map[string]string `json:"config"`
	Devices         Devices           `json:"devices"`
	ExpandedConfig  map[string]string `json:"expanded_config"`
	ExpandedDevices Devices           `json:"expanded_devices"`
	Location        string            `json:"location"`
	CreatedAt       time.Time         `json:"created_at"`
	LastUsedAt      time.Time         `json:"last_used_at"`

	ETag string `json:"-"` // only of Client.Instance
}

// Running says whether the instance runs.
func (i Instance) Running() bool { return i.Status == "Running" }

// State is what an instance does now.
type State struct {
	Status    string `json:"status"`
	PID       int64  `json:"pid"`
	Processes int64  `json:"processes"`
	Network   map[string]struct {
		Addresses []struct {
			Family  string `json:"family"`
			Address string `json:"address"`
			Scope   string `json:"scope"`
		} `json:"addresses"`
	} `json:"network"`
}

// NewInstance is an instance to be made.
type NewInstance struct {
	Name         string            `json:"name"`
	Description  string            `json:"description,omitempty"`
	Architecture string            `json:"architecture,omitempty"`
	Ephemeral    bool              `json:"ephemeral,omitempty"`
	Profiles     []string          `json:"profiles"`
	Config       map[string]string `json:"config,omitempty"`
	Devices      Devices           `json:"devices,omitempty"`
	Source       Source            `json:"source"`
	Type         string            `json:"type"` // container
}

// Source is where the daemon gets an image: its own with a fingerprint, or that of a server.
type Source struct {
	Type        string `json:"type"` // image
	Fingerprint string `json:"fingerprint,omitempty"`
	Alias       string `json:"alias,omitempty"`
	Server      string `json:"server,omitempty"`
	Protocol    string `json:"protocol,omitempty"`
	Certificate string `json:"certificate,omitempty"` // PEM, of a server that no authority has signed for
	Mode        string `json:"mode,omitempty"`        // pull
}

func instancePath(name string) string { return "/1.0/instances/" + url.PathEscape(name) }

// Instances lists the containers of the project.
func (c *Client) Instances(ctx context.Context) ([]Instance, error) {
	var all []Instance
	_, err := c.ask(ctx, http.MethodGet, "/1.0/instances", url.Values{"recursion": {"1"}}, nil, &all)
	all = slices.DeleteFunc(all, func(i Instance) bool { return i.Type != "container" })
	slices.SortFunc(all, func(a, b Instance) int { return cmp.Compare(a.Name, b.Name) })
	return all, err
}

// Instance describes one.
func (c *Client) Instance(ctx context.Context, name string) (i Instance, err error) {
	etag, err := c.ask(ctx, http.MethodGet, instancePath(name), nil, nil, &i)
	i.ETag = etag
	return i, err
}

// State says what one does.
func (c *Client) State(ctx context.Context, name string) (s State, err error) {
	_, err = c.ask(ctx, http.MethodGet, instancePath(name)+"/state", nil, nil, &s)
	return s, err
}

// Create makes an instance. It does not start it.
func (c *Client) Create(ctx context.Context, i NewInstance) error {
	i.Type = "container"
	return c.run(ctx, http.MethodPost, "/1.0/instances", c.onTarget(), i)
}

// Start starts an instance.
func (c *Client) Start(ctx context.Context, name string) error {
	return c.setState(ctx, name, "start", 0, false)
}

// Stop asks an instance to stop, and waits at most so long. It is an error if it does not.
func (c *Client) Stop(ctx context.Context, name string, within time.Duration) error {
	return c.setState(ctx, name, "stop", within, false)
}

// Kill ends an instance at once.
func (c *Client) Kill(ctx context.Context, name string) error {
	return c.setState(ctx, name, "stop", 0, true)
}

func (c *Client) setState(ctx context.Context, name, action string, within time.Duration, force bool) error {
	return c.run(ctx, http.MethodPut, instancePath(name)+"/state", nil, map[string]any{
		"action": action, "timeout": int((within + time.Second - 1) / time.Second), "force": force})
}

// Rename gives a stopped instance another name.
func (c *Client) Rename(ctx context.Context, from, to string) error {
	return c.run(ctx, http.MethodPost, instancePath(from), nil, map[string]string{"name": to})
}

// Delete removes a stopped instance.
func (c *Client) Delete(ctx context.Context, name string) error {
	return c.run(ctx, http.MethodDelete, instancePath(name), nil, nil)
}

// Update writes the settings and devices of an instance, unless it has changed since it
// was read (see Changed).
func (c *Client) Update(ctx context.Context, i Instance) error {
	e, _, err := c.exchange(ctx, http.MethodPut, instancePath(i.Name), nil, http.Header{"If-Match": {i.ETag}}, map[string]any{
		"architecture": i.Architecture, "config": i.Config, "devices": i.Devices, "ephemeral": i.Ephemeral,
		"profiles": i.Profiles, "description": i.Description})
	if err != nil {
		return err
	}
	return c.wait(ctx, e, nil)
}

// Names of volumes and snapshots are in paths, too.
func escaped(parts ...string) (path string) {
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}
