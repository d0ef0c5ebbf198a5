package metrics

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"lxdocker/internal/failure"
	"lxdocker/internal/progress"
)

// The origins of images.
const (
	fromSpec = "spec"
	fromHub  = "hub"
)

func origin(hub bool) string {
	if hub {
		return fromHub
	}
	return fromSpec
}

// conversions are what the builder does.
type conversions struct {
	running  *prometheus.GaugeVec
	total    *prometheus.CounterVec
	failures *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	phases   *prometheus.CounterVec
}

// phases are the steps that are told apart: a process that assembles images of strangers names
// its own.
var phases = []string{progress.Resolving, progress.Fetching, progress.Merging, progress.Assembling, progress.Archiving, progress.Comparing}

func newConversions(r prometheus.Registerer) conversions {
	c := conversions{
		running: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "conversions_running",
			Help: "Images that are being converted, by where they come from."}, []string{"origin"}),
		total: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "conversions_total",
			Help: "Images that were brought up to date, by where they come from and how that ended."}, []string{"origin", "result"}),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "conversion_failures_total",
			Help: "Images that could not be brought up to date, by where they come from and of which kind the failure is."}, []string{"origin", "kind"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "conversion_duration_seconds",
			Help:    "How long converting took, of images that were made or failed meanwhile.",
			Buckets: []float64{.1, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600}}, []string{"origin"}),
		phases: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "conversion_phase_seconds_total",
			Help: "Time that images have spent in each phase of being converted; several are converted at once."}, []string{"phase"}),
	}
	r.MustRegister(c.running, c.total, c.failures, c.seconds, c.phases)
	for _, phase := range phases {
		c.phases.WithLabelValues(phase)
	}
	for _, from := range []string{fromSpec, fromHub} {
		c.running.WithLabelValues(from)
		c.seconds.WithLabelValues(from)
		for _, result := range []progress.Outcome{progress.Built, progress.Unchanged, progress.Failed, progress.Interrupted} {
			c.total.WithLabelValues(from, string(result)) // a rate needs a begin
		}
		for _, kind := range failure.Kinds() {
			c.failures.WithLabelValues(from, word(kind))
		}
	}
	return c
}

// word is a kind as a value of a label.
func word(k failure.Kind) string { return strings.ReplaceAll(k.String(), " ", "_") }

// Making and Ended are of build.Observer.
func (c conversions) Making(onDemand bool) { c.running.WithLabelValues(origin(onDemand)).Inc() }

func (c conversions) Ended(onDemand bool, outcome progress.Outcome, made bool, err error, took time.Duration) {
	from := origin(onDemand)
	if made {
		c.running.WithLabelValues(from).Dec()
		c.seconds.WithLabelValues(from).Observe(took.Seconds())
	}
	c.total.WithLabelValues(from, string(outcome)).Inc()
	if outcome == progress.Failed {
		c.failures.WithLabelValues(from, word(failure.KindOf(err))).Inc()
	}
}

// Took is for progress.Board: a phase of an image has ended.
func (c conversions) Took(phase string, long time.Duration) {
	if slices.Contains(phases, phase) {
		c.phases.WithLabelValues(phase).Add(max(0, long.Seconds()))
	}
}

// specs are the runs on all of them.
type specs struct{ last, failed prometheus.Gauge }

func newSpecs() specs {
	return specs{
		last: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "specs_last_run_timestamp_seconds",
			Help: "When a run on all specs came to its end, or the server was started if none has."}),
		failed: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: "specs_failed",
			Help: "Images that failed in the last run on all specs, and specs that are wrong."}),
	}
}

// Followed is of build.Observer.
func (s specs) Followed(failed int, at time.Time) {
	s.failed.Set(float64(failed))
	s.last.Set(seconds(at))
}

func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }
