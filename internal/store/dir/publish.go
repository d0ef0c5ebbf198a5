package dir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// format is the version of version.json. A reader skips what is newer.
const format = 1

// document is version.json.
type document struct {
	Format int `json:"format"`
	image.Version
}

// Publish implements store.Draft. When it returns without an error the version is
// complete, visible and on the disk; when the process or the machine dies before,
// there is no trace of it outside .tmp.
func (d *draft) Publish(ctx context.Context, v image.Version) (image.Version, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	published, err := d.publish(ctx, v)
	if err != nil {
		return image.Version{}, fmt.Errorf("publishing %.100s for %.100s: %w", v.Name, v.Architecture, err)
	}
	d.over = true
	_ = d.scratch.Release() // only scratch files are left
	return published, nil
}

func (d *draft) publish(ctx context.Context, v image.Version) (image.Version, error) {
	if d.over {
		return v, errors.New("the draft is published or discarded")
	}
	now := d.store.clock().UTC()
	if v.Created.IsZero() {
		v.Created = now.Truncate(time.Second)
	}
	v.Retired, v.Pinned, v.Serial = nil, nil, now.Format(image.SerialLayout)
	var err error
	if v.Files, err = d.finished(); err != nil {
		return v, err
	}
	v.Note = d.noted()
	forms := v.Forms()
	for i := range forms {
		if forms[i].Fingerprint, err = d.fingerprint(ctx, forms[i].Files); err != nil {
			return v, err
		}
	}
	was := [2]string{v.Fingerprint, v.TarballFingerprint}
	v.Fingerprint, v.TarballFingerprint = forms[0].Fingerprint, ""
	if len(forms) > 1 {
		v.TarballFingerprint = forms[1].Fingerprint
	}
	if is := [2]string{v.Fingerprint, v.TarballFingerprint}; was[0] != "" && was != is {
		return v, store.Damagef("the fingerprints of its files are %q, not %q", is, was)
	}
	if err := v.Check(); err != nil {
		return v, err
	}
	// Another process that publishes the same files does so after us, and finds ours.
	same := d.store.sharing(v.Files)
	same.Lock()
	defer same.Unlock()
	if err := d.share(ctx, v.Files); err != nil {
		return v, err
	}
	return d.place(ctx, v, now)
}

// place gives the draft its serial and its place.
func (d *draft) place(ctx context.Context, v image.Version, now time.Time) (_ image.Version, err error) {
	err = d.store.change(ctx, []image.Product{v.Product()}, func(r *record) error {
		v, err = d.move(v, now, r)
		return err
	})
	return v, err
}

func (d *draft) move(v image.Version, now time.Time, r *record) (image.Version, error) {
	parent, err := d.store.makeDirs(v.Product().Dir())
	if err != nil {
		return v, err
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return v, err
	}
	if v.Serial, err = nextSerial(entries, now); err != nil {
		return v, err
	}
	if v.Published().After(now.Add(image.ClockSkew)) {
		d.store.log.Warn("the version before has a serial that is yet to come, and so does this one: a clock was wrong",
			"image", v.Product(), "version", v.Serial, "now", now.Format(image.SerialLayout))
	}
	if err := d.describe(v); err != nil {
		return v, err
	}
	if err := durable.Rename(d.files, filepath.Join(parent, v.Serial)); err != nil {
		return v, err
	}
	v.Runs = nil
	if *r = (record{Put: []image.Version{v}}); d.store.surprised(v.Product(), entries) {
		d.store.mu.Lock()
		defer d.store.mu.Unlock()
		*r, err = d.store.differences([]image.Product{v.Product()})
	}
	return v, err
}

// surprised says whether the folder of a product had other versions in it than the
// state has.
func (s *Store) surprised(p image.Product, entries []os.DirEntry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := map[string]bool{}
	for _, v := range s.state.snapshot.Product(p) {
		known[v.Serial] = true
	}
	for id := range s.state.faults {
		if id.Product == p {
			known[id.Serial] = true
		}
	}
	for _, e := range entries {
		if e.IsDir() && image.ValidSerial(e.Name()) {
			if !known[e.Name()] {
				return true
			}
			delete(known, e.Name())
		}
	}
	return len(known) > 0
}

// describe writes version.json and brings the draft's folder to the disk.
func (d *draft) describe(v image.Version) error {
	data, err := json.MarshalIndent(document{format, v}, "", "  ")
	if err != nil {
		return err
	}
	// It syncs the folder, with the names of all files.
	return durable.WriteFile(filepath.Join(d.files, versionFile), append(data, '\n'), 0o644)
}

// nextSerial returns the time as a serial, or a later one if the product
// already has that: it has to be greater than every other, damaged and retired
// ones included, also when the clock was set back.
func nextSerial(entries []os.DirEntry, now time.Time) (string, error) {
	next := now.Truncate(time.Second)
	for _, e := range entries {
		if !image.ValidSerial(e.Name()) {
			continue
		}
		taken, err := time.Parse(image.SerialLayout, e.Name())
		if err == nil && !taken.Before(next) {
			next = taken.Add(time.Second)
		}
	}
	if s := next.Format(image.SerialLayout); image.ValidSerial(s) {
		return s, nil
	}
	return "", fmt.Errorf("no serial is left after %s: is the clock right?", now.Format(image.SerialLayout))
}
