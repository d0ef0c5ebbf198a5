package metrics

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Agent is what `lxdocker agent` shows, in a file for node_exporter's textfile collector. Zero
// times are left out.
type Agent struct {
	Blind     bool           // the instances could not be seen
	Looked    time.Time      // at last
	Paused    time.Time      // an update has failed then: the rest waits
	Instances map[string]int // by their status
	Updates   map[string]int // by how they ended
	Lost      int64          // notices
}

// Write replaces the file, whole or not at all.
func (a Agent) Write(path string) error {
	r := prometheus.NewPedanticRegistry()
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: ownNamespace, Subsystem: "agent", Name: name, Help: help}, labels)
		r.MustRegister(g)
		return g
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: ownNamespace, Subsystem: "agent", Name: name, Help: help}, labels)
		r.MustRegister(c)
		return c
	}
	instances := gauge("instances", "Instances of images of lxdocker, by how it is with their image.", "status")
	for status, n := range a.Instances {
		instances.WithLabelValues(status).Set(float64(n))
	}
	updates := counter("updates_total", "Updates by the agent, by how they ended.", "outcome")
	for outcome, n := range a.Updates {
		updates.WithLabelValues(outcome).Add(float64(n))
	}
	counter("notices_lost_total", "Notices that neither webhook nor command has taken, since the start.").WithLabelValues().Add(float64(a.Lost))
	blind := 0.
	if a.Blind {
		blind = 1
	}
	gauge("blind", "Whether the agent cannot see the instances.").WithLabelValues().Set(blind)
	if !a.Looked.IsZero() {
		gauge("last_look_timestamp_seconds", "When the agent has looked at all instances last.").WithLabelValues().Set(seconds(a.Looked))
	}
	if !a.Paused.IsZero() {
		gauge("paused_since_timestamp_seconds", "When the update failed for which all others wait.").WithLabelValues().Set(seconds(a.Paused))
	}
	if err := prometheus.WriteToTextfile(path, r); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
