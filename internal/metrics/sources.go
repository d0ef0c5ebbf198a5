package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lxdocker/internal/store"
)

// Images shows what a store holds.
func (m *Metrics) Images(snapshot func(context.Context) (*store.Snapshot, error)) {
	m.registry.MustRegister(newImages(snapshot))
}

// Certificate shows when the certificate ends that clients see, the first if they see several.
func (m *Metrics) Certificate(expires func() time.Time) {
	m.gauge("certificate_expiry_timestamp_seconds", "When the certificate ends that clients see, the first if there are several.", func() float64 { return seconds(expires()) })
}

// Names shows how many names lack the certificate that they are to have of an authority.
func (m *Metrics) Names(without func() int) {
	m.gauge("acme_names_without_certificate", "Names of --acme-domain without a valid certificate of the authority; clients see the server's own.", func() float64 { return float64(without()) })
}

// Disk shows how much room the disk of a folder has. what is the folder's job.
func (m *Metrics) Disk(what string, space func() (free, total int64, err error)) {
	labels := prometheus.Labels{"folder": what}
	m.registry.MustRegister(&figures{
		desc: []*prometheus.Desc{
			prometheus.NewDesc(namespace+"_disk_free_bytes", "Bytes that this program may still write to the disk of a folder.", nil, labels),
			prometheus.NewDesc(namespace+"_disk_size_bytes", "Bytes that the disk of a folder has.", nil, labels),
		},
		of: func() ([]float64, error) {
			free, total, err := space()
			return []float64{float64(free), float64(total)}, err
		},
	})
}

// Specs shows the runs on all specs, which begin at a time.
func (m *Metrics) Specs(begin time.Time) {
	m.last.Set(seconds(begin))
	m.registry.MustRegister(m.last, m.specs.failed)
}

// Cache shows what the layers in the cache take, and may take; a limit of 0 is none.
func (m *Metrics) Cache(bytes, limit func() int64) {
	m.gauge("cache_bytes", "Bytes of disk that the layers in the cache take, as of the last look, which is every ten minutes.", func() float64 { return float64(bytes()) })
	m.registry.MustRegister(&figures{
		desc: []*prometheus.Desc{prometheus.NewDesc(namespace+"_cache_limit_bytes", "Bytes of disk that the layers in the cache may take.", nil, nil)},
		of: func() (all []float64, err error) {
			if most := limit(); most > 0 {
				all = append(all, float64(most))
			}
			return all, nil
		},
	})
}

// OnDemand is what a hub has, and has to do.
type OnDemand struct {
	Bytes, Limit     int64 // of its images; a Limit of 0 is none
	Versions         int
	Removed          int64 // versions that were removed to make room, since the start
	Waiting, Running int   // conversions
	OldestCheck      time.Time
}

// OnDemand shows the figures of a hub.
func (m *Metrics) OnDemand(of func() (OnDemand, error)) {
	desc := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, nil, nil)
	}
	f := &figures{
		desc: []*prometheus.Desc{
			desc("ondemand_bytes", "Bytes that images on demand take in the store; a file that several share counts once."),
			desc("ondemand_versions", "Versions of images on demand in the store."),
			desc("ondemand_removed_total", "Versions of images on demand that were removed to make room for others."),
			desc("ondemand_waiting", "Conversions on demand that wait for a place."),
			desc("ondemand_places_taken", "Places for conversions on demand that are taken."),
			desc("ondemand_oldest_check_timestamp_seconds", "When the registry said last what a tag means, of the image on demand for which that is longest ago; 0: there is none."),
			desc("ondemand_limit_bytes", "Bytes that images on demand may take in the store."),
		},
		counters: map[int]bool{2: true},
		of: func() ([]float64, error) {
			o, err := of()
			oldest := 0.
			if !o.OldestCheck.IsZero() {
				oldest = seconds(o.OldestCheck)
			}
			all := []float64{float64(o.Bytes), float64(o.Versions), float64(o.Removed), float64(o.Waiting), float64(o.Running), oldest}
			if o.Limit > 0 {
				all = append(all, float64(o.Limit))
			}
			return all, err
		},
	}
	m.registry.MustRegister(f)
}

func (m *Metrics) gauge(name, help string, value func() float64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, value))
}

// figures are several of which one source says all at once; the last ones it may leave out.
type figures struct {
	desc     []*prometheus.Desc
	counters map[int]bool // those of desc; all others are gauges
	of       func() ([]float64, error)
}

func (f *figures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range f.desc {
		to <- d
	}
}

func (f *figures) Collect(to chan<- prometheus.Metric) {
	all, err := f.of()
	if err != nil {
		to <- prometheus.NewInvalidMetric(f.desc[0], err)
		return
	}
	for i, value := range all {
		kind := prometheus.GaugeValue
		if f.counters[i] {
			kind = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(f.desc[i], kind, value)
	}
}
