package main

import (
	"fmt"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/convert"
	"lxdocker/internal/hub"
	"lxdocker/internal/layer"
	"lxdocker/internal/server"
	"lxdocker/internal/server/web"
)

// What follows makes of settings what packages work with: at the start, and when the settings
// have changed.

// shareOfDisk is which part of the disk images on demand have if nobody says how much, and
// which part the cache has, as their layers take about as much: something is left for others.
const shareOfDisk = 3

// strangers are the bounds of images that strangers ask for.
func (o *options) strangers() convert.Bounds {
	b := o.Bounds()
	b.Dense = true
	if n := int64(o.Unpacked); n > 0 && (b.Unpacked == 0 || n < b.Unpacked) {
		b.Unpacked, b.UnpackedBy = n, "--on-demand-unpacked"
	}
	if n := o.Strangers.Files; n > 0 && (b.Files == 0 || n < b.Files) {
		b.Files, b.FilesBy = n, "--on-demand-files"
	}
	if d := o.Strangers.Time; d > 0 && (b.Time == 0 || d < b.Time) {
		b.Time, b.TimeBy = d, "--on-demand-time"
	}
	return b
}

// kept is what stays of versions and of layers. It bounds what strangers can make of the
// cache, unless somebody has said how large it may become.
func (o *options) kept(layers *layer.Cache) (build.Rules, error) {
	rules := build.Rules{Retention: o.Retention(), Keep: o.Keep.Retention()}
	if !o.Demanded() || o.CacheSized() {
		return rules, nil
	}
	disk, err := layers.Space()
	if err != nil {
		return rules, fmt.Errorf("looking how large the disk of the cache is: %w (or say --cache-size SIZE)", err)
	}
	rules.Retention.Size = disk.Total / shareOfDisk
	return rules, nil
}

// unused is how long an image on demand stays that nobody requests.
func (o *options) unused() time.Duration { return time.Duration(o.Days) * 24 * time.Hour }

// ruling is what counts for images on demand.
func (o *options) ruling(s images) (hub.Rules, error) {
	policy, err := o.Policy()
	if err != nil {
		return hub.Rules{}, err
	}
	rules := hub.Rules{Policy: policy, Limits: o.Limits, Freshness: hub.Freshness{Every: o.Every, Days: o.unused()}}
	rules.Limits.Disk = int64(o.ImagesSize)
	if !o.Sized() {
		disk, err := s.Space()
		if err != nil {
			return rules, fmt.Errorf("looking how large the disk of the images is: %w (or say --images-size SIZE)", err)
		}
		rules.Limits.Disk = disk.Total / shareOfDisk
	}
	return rules, nil
}

// timetable is one that may be replaced.
func (w *work) timetable(began, ended time.Time) time.Time { return (*w.due.Load())(began, ended) }

// offers tells a server what there is to ask for, and what goes on.
func (o *options) offers(offer *server.Options, w *work) error {
	h := w.hub
	offer.Activity = func(string) web.Activity { return w.activity() }
	if h == nil {
		return nil
	}
	policy, err := o.Policy()
	if err != nil {
		return err
	}
	if o.Divides() {
		offer.Activity = func(client string) web.Activity { return own(w.activity(), h, client) }
	}
	offer.Hub, offer.OnDemand, offer.Offers, offer.Downloaded, offer.Try = h, policy.Patterns(), h.Offers, h.Asked, h.Meaning
	rights, err := o.Rights()
	if err != nil {
		return err
	}
	offer.Views = nil
	if len(rights) > 0 {
		offer.Views = &views{h, rights, o.Allowed, w.activity}
	}
	return nil
}

// entered says who may enter a server, and how. Users stay those of before if they are of the
// same file.
func (o *options) entered(offer *server.Options) (err error) {
	offer.Access, err = o.Access.Rules(offer.Access.Users, offer.Log)
	offer.Proxies, offer.Prefix = o.Access.Proxies(), o.Access.Path()
	return err
}
