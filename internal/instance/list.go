package instance

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"lxdocker/internal/daemon"
)

// Listed is an instance of one of our images, as people want to see it.
type Listed struct {
	Daemon      string     `json:"daemon"`
	Name        string     `json:"name"`
	Reference   string     `json:"reference"`
	Digest      string     `json:"digest"`      // of the OCI image
	Fingerprint string     `json:"fingerprint"` // of the image that it runs
	Newer       *Newer     `json:"newer,omitempty"`
	State       string     `json:"state"` // running, stopped, …
	Health      string     `json:"health,omitempty"`
	Restarts    int        `json:"restarts"`
	StartedAt   *time.Time `json:"started_at,omitempty"`
	ExitCode    *int       `json:"exit_code,omitempty"`
	Ports       []string   `json:"ports"`
}

// Newer is an image of the same name that the daemon got after that of an instance.
type Newer struct {
	Digest      string `json:"digest"` // of the OCI image
	Fingerprint string `json:"fingerprint"`
	Refused     bool   `json:"refused,omitempty"` // it has not worked there: an update does not take it
}

// newer finds the newest image for an instance; nil if the daemon has none that is newer. What
// was got last is what the name has meant last, also after a rollback.
func newer(i daemon.Instance, images []daemon.Image) *Newer {
	own := i.Config["volatile.base_image"]
	newest, since := daemon.Image{Fingerprint: own}, i.CreatedAt
	for _, image := range images {
		if image.Fingerprint == own { // perhaps the daemon got it long before
			since = image.UploadedAt
		}
	}
	for _, image := range images {
		if image.Properties["lxdocker.ref"] == i.Config[imageRef] && image.UploadedAt.After(since) {
			newest, since = image, image.UploadedAt
		}
	}
	if newest.Fingerprint == own {
		return nil
	}
	return &Newer{newest.Properties["lxdocker.digest"], newest.Fingerprint, newest.Fingerprint == i.Config[keyRefused]}
}

// List lists the instances of our images. It asks several guests at once, as each takes
// the daemon some time.
func List(ctx context.Context, d *daemon.Client, all bool) ([]Listed, error) {
	instances, err := d.Instances(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing the instances of %s: %w", d.Name(), err)
	}
	instances = slices.DeleteFunc(instances, func(i daemon.Instance) bool { return !Ours(i) || !all && !i.Running() })
	images, _ := d.Images(ctx) // without them, nobody knows of newer ones
	listed := make([]Listed, len(instances))
	turns := make(chan struct{}, 8)
	var looking sync.WaitGroup
	for n, i := range instances {
		looking.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			listed[n] = look(ctx, d, i)
			listed[n].Newer = newer(i, images)
		})
	}
	looking.Wait()
	return listed, ctx.Err()
}

// Ours says whether an instance was made from one of our images. Of those that came by
// simplestreams, which has no place for that, only people can say so.
func Ours(i daemon.Instance) bool { return i.Config[imageRef] != "" || i.Config[KeyReference] != "" }

// look asks the guest, if there is one. What it does not say is left out.
func look(ctx context.Context, d *daemon.Client, i daemon.Instance) Listed {
	l := Listed{Daemon: d.Name(), Name: i.Name, Reference: Reference(i), Digest: i.Config["image.lxdocker.digest"],
		Fingerprint: i.Config["volatile.base_image"], State: strings.ToLower(i.Status), Ports: ports(i)}
	if !i.Running() {
		if e, known, err := LastExit(ctx, d, i.Name); known && err == nil {
			l.ExitCode = &e.Code
		}
		return l
	}
	if a, err := application(ctx, d, i.Name); err == nil && !a.StartedAt.IsZero() {
		l.StartedAt, l.Restarts = &a.StartedAt, a.Restarts
	} else if err == nil {
		l.Restarts = a.Restarts
	}
	if h, err := health(ctx, d, i.Name); err == nil && h.Status != "none" {
		l.Health = h.Status
	}
	return l
}

// Reference is the image that an instance was made from: as it was asked for, else as the
// image says it.
func Reference(i daemon.Instance) string {
	if asked := i.Config[KeyReference]; asked != "" {
		return asked
	}
	return i.Config[imageRef]
}

// ports are those of the host that lead into an instance, as docker writes them.
func ports(i daemon.Instance) []string {
	all := []string{}
	for _, name := range slices.Sorted(maps.Keys(i.ExpandedDevices)) {
		device := i.ExpandedDevices[name]
		from, ok := parsePort(device["listen"])
		to, _ := parsePort(device["connect"])
		if device["type"] == "proxy" && ok {
			all = append(all, fmt.Sprintf("%s:%s->%s/%s", from.Address, from.Host, to.Host, from.Protocol))
		}
	}
	return all
}
