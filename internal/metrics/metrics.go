package metrics

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"lxdocker/internal/version"
)

// namespace is what all names of ours begin with.
const namespace = "imgserver"

// Metrics is what is counted. Its methods may be called by many at once.
type Metrics struct {
	registry *prometheus.Registry
	requests
	conversions
	specs
	hosts
}

// New returns metrics in which nothing has happened yet. Requests to these registries are
// counted for each of them, those to all others together.
func New(registries []string) *Metrics {
	m := &Metrics{registry: prometheus.NewPedanticRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(),
	)
	m.requests = newRequests(m.registry)
	m.conversions = newConversions(m.registry)
	m.specs = newSpecs()
	m.hosts = newHosts(m.registry, registries)
	return m
}

const (
	// scrapes is how many may be answered at once, and scrapeTime how long each may take:
	// Prometheus itself gives up after ten seconds.
	scrapes    = 4
	scrapeTime = 10 * time.Second
)

// Handler answers with all that was counted, and what the sources say.
func (m *Metrics) Handler(log *slog.Logger) http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog:            complaints{log},
		ErrorHandling:       promhttp.ContinueOnError, // what one source cannot say is left out
		MaxRequestsInFlight: scrapes,
		Timeout:             scrapeTime,
	})
}

type complaints struct{ log *slog.Logger }

func (c complaints) Println(what ...any) {
	for _, w := range what {
		if err, ok := w.(error); ok {
			c.log.Warn("cannot show all metrics", "error", err)
		}
	}
}

func buildInfo() prometheus.Collector {
	b := version.Of()
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "What this program was built from; always 1.",
		ConstLabels: prometheus.Labels{"version": b.String(), "commit": b.Commit, "goversion": b.Go},
	})
	info.Set(1)
	return info
}

// requests are those of clients.
type requests struct {
	inFlight *prometheus.GaugeVec
	total    *prometheus.CounterVec
	bytes    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newRequests(r prometheus.Registerer) requests {
	q := requests{
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "http_requests_in_flight",
			Help: "Requests that are being answered, by what they ask for."}, []string{"handler"}),
		total: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "http_requests_total",
			Help: "Requests that were answered, by what they asked for and the status of the answer; 0: the client was gone before."}, []string{"handler", "code"}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "http_response_bytes_total",
			Help: "Bytes of the bodies of answers, by what was asked for."}, []string{"handler"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: "http_request_duration_seconds",
			Help:    "How long answering took, until the last byte was sent; with the conversion, for who waits for one.",
			Buckets: []float64{.001, .005, .025, .1, .5, 2.5, 10, 60, 300, 1800}}, []string{"handler"}),
	}
	r.MustRegister(q.inFlight, q.total, q.bytes, q.seconds)
	return q
}

// RequestBegan and RequestEnded are of server.Observer.
func (q requests) RequestBegan(kind string) { q.inFlight.WithLabelValues(kind).Inc() }

func (q requests) RequestEnded(kind string, status int, bytes int64, took time.Duration) {
	q.inFlight.WithLabelValues(kind).Dec()
	q.total.WithLabelValues(kind, strconv.Itoa(status)).Inc()
	q.bytes.WithLabelValues(kind).Add(float64(bytes))
	q.seconds.WithLabelValues(kind).Observe(took.Seconds())
}
