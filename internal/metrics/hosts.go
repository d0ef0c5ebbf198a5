package metrics

import (
	"slices"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// common are registries that are shown by name without being named by somebody.
var common = []string{"docker.io", "ghcr.io", "quay.io", "gcr.io", "registry.k8s.io", "mcr.microsoft.com", "public.ecr.aws", "lscr.io", "registry.gitlab.com"}

// other is what all that nobody has named are called.
const other = "other"

// mostHosts is how many registries are shown by name.
const mostHosts = 50

// hosts are requests to registries.
type hosts struct {
	known *atomic.Pointer[[]string]
	total *prometheus.CounterVec
	left  *prometheus.GaugeVec
}

func newHosts(r prometheus.Registerer, named []string) hosts {
	h := hosts{
		known: new(atomic.Pointer[[]string]),
		total: prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: "registry_requests_total",
			Help: "Requests sent to registries, or where they lead, by the registry, if the configuration or many people know it, and the answer."}, []string{"registry", "answer"}),
		left: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: "registry_pulls_remaining",
			Help: "How many pulls a registry has said last are left to this server; those that do not say so have no series."}, []string{"registry"}),
	}
	h.known.Store(&common)
	h.NameRegistries(named)
	r.MustRegister(h.total, h.left)
	return h
}

// NameRegistries shows more registries by name. It is not for several goroutines.
func (h hosts) NameRegistries(registries []string) {
	known := slices.Clone(*h.known.Load())
	for _, host := range registries {
		if host = hubName(host); !slices.Contains(known, host) && len(known) < mostHosts {
			known = append(known, host)
		}
	}
	h.known.Store(&known)
}

// hubName is what Docker Hub is called, whose API has another host.
func hubName(host string) string {
	if host == "index.docker.io" || host == "registry-1.docker.io" {
		return "docker.io"
	}
	return host
}

// Asked is for registry.Options.
func (h hosts) Asked(registry string, status int, left int64) {
	if registry = hubName(registry); !slices.Contains(*h.known.Load(), registry) {
		registry = other
	}
	h.total.WithLabelValues(registry, answer(status)).Inc()
	if left >= 0 && registry != other {
		h.left.WithLabelValues(registry).Set(float64(left))
	}
}

// answer is one of few words: a registry may say any number.
func answer(status int) string {
	switch {
	case status == 0:
		return "none"
	case status == 401 || status == 403:
		return "denied"
	case status == 404:
		return "not_found"
	case status == 429:
		return "rate_limited"
	case status < 400:
		return "ok"
	case status < 500:
		return "refused"
	}
	return "error"
}
