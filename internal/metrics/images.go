package metrics

import (
	"context"
	"encoding/hex"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// The states of versions.
const (
	offered    = "current"    // clients get it
	superseded = "superseded" // clients can have it, if they name it
	retired    = "retired"    // it is removed soon
)

// state is a kind of versions.
type state struct {
	hub  bool
	name string
}

// file tells files from each other: half of a SHA-256.
type file [16]byte

// images counts what a store holds. It is kept up by what has changed.
type images struct {
	snapshot func(context.Context) (*store.Snapshot, error)
	versions, pinned, damaged,
	bytes *prometheus.Desc

	mu    sync.Mutex
	at    *store.Snapshot
	count map[state]int
	pins  map[bool]int // products, by whether they are of the hub
	files map[file]int // versions that have it
	size  int64        // of the files, each once
}

func newImages(snapshot func(context.Context) (*store.Snapshot, error)) *images {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return &images{
		snapshot: snapshot,
		versions: desc("image_versions", "Versions in the store, by where they come from and what becomes of them.", "origin", "state"),
		pinned:   desc("images_pinned", "Images that somebody has pinned, one for each architecture.", "origin"),
		damaged:  desc("images_damaged", "Versions in the store that cannot be read, and are not offered."),
		bytes:    desc("images_bytes", "Bytes of all files of versions in the store; a file that several share counts once."),
		at:       store.NewSnapshot(nil, nil), count: map[state]int{}, pins: map[bool]int{}, files: map[file]int{},
	}
}

func (i *images) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{i.versions, i.pinned, i.damaged, i.bytes} {
		to <- d
	}
}

func (i *images) Collect(to chan<- prometheus.Metric) {
	now, err := i.snapshot(context.Background())
	if err != nil {
		to <- prometheus.NewInvalidMetric(i.versions, err)
		return
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.follow(now)
	show := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	for _, hub := range []bool{false, true} {
		for _, name := range []string{offered, superseded, retired} {
			show(i.versions, float64(i.count[state{hub, name}]), origin(hub), name)
		}
		show(i.pinned, float64(i.pins[hub]), origin(hub))
	}
	show(i.damaged, float64(len(now.Faults())))
	show(i.bytes, float64(i.size))
}

// follow counts what has changed. The caller has mu.
func (i *images) follow(now *store.Snapshot) {
	if now == i.at {
		return
	}
	for _, p := range now.Changed(i.at) {
		i.add(p, i.at.Product(p), -1)
		i.add(p, now.Product(p), 1)
	}
	i.at = now
}

// add counts a product, or takes it off.
func (i *images) add(p image.Product, versions []image.Version, n int) {
	if len(versions) == 0 {
		return
	}
	newest, current := versions[len(versions)-1], image.Current(versions)[p]
	if newest.Pinned != nil {
		i.pins[newest.Hub] += n
	}
	for _, v := range versions {
		name := superseded
		switch {
		case v.Retired != nil:
			name = retired
		case v.Serial == current.Serial:
			name = offered
		}
		i.count[state{v.Hub, name}] += n
		for _, f := range v.Files {
			i.addFile(f, n)
		}
	}
}

func (i *images) addFile(f image.File, n int) {
	var key file
	if _, err := hex.Decode(key[:], []byte(f.SHA256)[:min(len(f.SHA256), 2*len(key))]); err != nil {
		return // nothing of ours
	}
	before := i.files[key]
	i.files[key] = before + n
	switch {
	case before == 0:
		i.size += f.Size
	case before+n == 0:
		i.size -= f.Size
		delete(i.files, key)
	}
}
