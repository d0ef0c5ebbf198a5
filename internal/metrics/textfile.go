package metrics

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// Textfile is what a program that does not stay shows, in a file for node_exporter's textfile
// collector. What means the same as a metric of imgserver has its name; what only a record of
// runs knows begins with lxdocker. Zero times and nil maps are left out.
type Textfile struct {
	Snapshot func(context.Context) (*store.Snapshot, error)

	Problems     int                      // that need a person
	Failing      map[bool]Since           // images and wrong specs, by whether they are on demand
	RunBegan     time.Time                // of the last run
	UnderWay     bool                     // it is
	RunEnded     time.Time                // of the last that came to its end, with what follows
	RunFailed    int                      // images and specs
	RunImages    map[progress.Outcome]int // images by how they ended
	Expires      time.Time                // the first certificate
	Disks        map[string][2]int64      // free and total bytes, by what the folder is
	CacheBytes   int64
	CacheLimit   int64 // 0: none
	CacheKnown   bool
	DemandBytes  int64
	DemandLimit  int64 // 0: none
	DemandNumber int   // versions
}

// Since is how many fail, and since when the first does.
type Since struct {
	Number int
	First  time.Time
}

// ownNamespace is of what only lxdocker says.
const ownNamespace = "lxdocker"

// Write replaces the file, whole or not at all. All may read it, as node_exporter is another
// user.
func (f Textfile) Write(path string) error {
	m := &Metrics{registry: prometheus.NewPedanticRegistry(), specs: newSpecs()}
	m.Images(f.Snapshot)
	for of, disk := range f.Disks {
		m.Disk(of, func() (int64, int64, error) { return disk[0], disk[1], nil })
	}
	if !f.Expires.IsZero() {
		m.Certificate(func() time.Time { return f.Expires })
	}
	if f.CacheKnown {
		m.Cache(func() int64 { return f.CacheBytes }, func() int64 { return f.CacheLimit })
	}
	m.gauge("ondemand_bytes", "Bytes that images on demand take in the store; a file that several share counts once.", func() float64 { return float64(f.DemandBytes) })
	m.gauge("ondemand_versions", "Versions of images on demand in the store.", func() float64 { return float64(f.DemandNumber) })
	if f.DemandLimit > 0 {
		m.gauge("ondemand_limit_bytes", "Bytes that images on demand may take in the store.", func() float64 { return float64(f.DemandLimit) })
	}
	if !f.RunEnded.IsZero() {
		m.Specs(f.RunEnded)
		m.Followed(f.RunFailed, f.RunEnded)
	}
	f.own(m.registry)
	if err := prometheus.WriteToTextfile(path, m.registry); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// own adds what begins with lxdocker.
func (f Textfile) own(r prometheus.Registerer) {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: ownNamespace, Name: name, Help: help}, labels)
		r.MustRegister(g)
		return g
	}
	gauge("status_problems", "What needs a person, as `lxdocker status` lists it; 0: all is well.").WithLabelValues().Set(float64(f.Problems))
	failing := gauge("images_failing", "Images that fail and specs that are wrong, by where they come from.", "origin")
	since := gauge("images_failing_since_timestamp_seconds", "Since when images fail, the first of them, by where they come from.", "origin")
	for _, hub := range []bool{false, true} {
		failing.WithLabelValues(origin(hub)).Set(float64(f.Failing[hub].Number))
		if first := f.Failing[hub].First; !first.IsZero() {
			since.WithLabelValues(origin(hub)).Set(seconds(first))
		}
	}
	if f.RunBegan.IsZero() {
		return
	}
	gauge("run_start_timestamp_seconds", "When the last run on all specs began.").WithLabelValues().Set(seconds(f.RunBegan))
	underWay := 0.
	if f.UnderWay {
		underWay = 1
	}
	gauge("run_in_progress", "Whether a run on all specs is under way.").WithLabelValues().Set(underWay)
	if f.RunEnded.IsZero() {
		return
	}
	images := gauge("run_images", "Images in the last run on all specs that came to its end, by how they ended.", "result")
	for _, result := range []progress.Outcome{progress.Built, progress.Unchanged, progress.Failed, progress.Removed} {
		images.WithLabelValues(string(result)).Set(float64(f.RunImages[result]))
	}
}
