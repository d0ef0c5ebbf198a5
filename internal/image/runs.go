package image

import "slices"

// Runs is what a version runs, and what its layers are like: for people who look at one image.
// Nothing is decided by it. Stores keep it beside what they list, because a catalog of many
// images is kept in memory.
type Runs struct {
	Entrypoint  []string `json:"entrypoint,omitempty"`
	Cmd         []string `json:"cmd,omitempty"`
	User        string   `json:"user,omitempty"`
	WorkDir     string   `json:"workdir,omitempty"`
	StopSignal  string   `json:"stop_signal,omitempty"`
	Ports       []string `json:"ports,omitempty"` // "80/tcp", as the image says it
	Volumes     []string `json:"volumes,omitempty"`
	Environment []string `json:"environment,omitempty"` // names; values may be secrets
	Health      []string `json:"health,omitempty"`      // the command of the check
	// Labels are what the image says of itself, by the names of the OCI's annotations without
	// "org.opencontainers.image.": source, revision, licenses…
	Labels     map[string]string `json:"labels,omitempty"`
	LayerSizes []int64           `json:"layer_sizes,omitempty"` // of Version.Layers, in bytes, as they were downloaded
}

// How much of what strangers wrote is kept: more than people look at.
const (
	maxRunsWords = 100
	maxRunsBytes = 500 // of each
)

// labelNames are the labels that are kept, in the order in which people are shown them (OCI
// image-spec annotations.md).
var labelNames = []string{
	"title", "description", "version", "revision", "source", "url", "documentation", "licenses", "vendor", "authors", "created", "base.name", "base.digest",
}

// LabelNames are the labels that may be there, in the order in which people are shown them.
func LabelNames() []string { return slices.Clone(labelNames) }

// Bounded leaves out what is too much.
func (r Runs) Bounded() *Runs {
	for _, text := range []*string{&r.User, &r.WorkDir, &r.StopSignal} {
		*text = bounded(*text)
	}
	for _, list := range []*[]string{&r.Entrypoint, &r.Cmd, &r.Ports, &r.Volumes, &r.Environment, &r.Health} {
		var kept []string
		for _, s := range (*list)[:min(len(*list), maxRunsWords)] {
			kept = append(kept, bounded(s))
		}
		if len(*list) > maxRunsWords {
			kept = append(kept, "…")
		}
		*list = kept
	}
	labels := map[string]string{}
	for _, name := range labelNames {
		if text := r.Labels[name]; text != "" {
			labels[name] = bounded(text)
		}
	}
	if r.Labels = labels; len(labels) == 0 {
		r.Labels = nil
	}
	return &r
}

func bounded(s string) string {
	if len(s) > maxRunsBytes {
		return s[:maxRunsBytes] + "…"
	}
	return s
}
