package agent

import (
	"maps"
	"slices"
	"strings"
	"time"

	"lxdocker/internal/instance"
)

// Status is how it is with the image of an instance.
type Status string

// The statuses.
const (
	Disabled  Status = "off"
	Current   Status = "current"
	Available Status = "available" // there is a newer image, and a person decides
	Waiting   Status = "waiting"   // for a window, for the age of the image, or for others
	Updating  Status = "updating"
	HeldBack  Status = "held back" // the agent does not take the newer image by itself
	Refused   Status = "refused"   // the newer image did not work
	Wrong     Status = "wrong"     // a person has to change something
	Unknown   Status = "unknown"   // whether there is a newer image could not be found out
)

// Statuses are all of them.
var Statuses = []Status{Disabled, Current, Available, Waiting, Updating, HeldBack, Refused, Wrong, Unknown}

// Entry is what the agent knows of an instance.
type Entry struct {
	Name        string    `json:"name"`
	Policy      Policy    `json:"policy"`
	Reference   string    `json:"reference"`
	Fingerprint string    `json:"fingerprint"`         // of the image that it runs
	Created     time.Time `json:"created,omitzero"`    // as that image says; the daemon may have forgotten it
	Available   string    `json:"available,omitempty"` // fingerprint of the newer one
	Status      Status    `json:"status"`
	Why         string    `json:"why,omitempty"`
	Until       time.Time `json:"until,omitzero"` // the update does not begin before
	Last        *Last     `json:"last,omitempty"`
	Told        string    `json:"told,omitempty"` // what people were told last
}

// Last is how the last update of an instance by the agent ended.
type Last struct {
	At       time.Time        `json:"at"`
	Outcome  instance.Outcome `json:"outcome"` // updated, went back, failed
	From     string           `json:"from,omitempty"`
	To       string           `json:"to,omitempty"`
	Why      string           `json:"why,omitempty"`
	Downtime float64          `json:"downtime_seconds,omitempty"`
}

// State is what the agent knows, for people and programs. Keys keep their meaning.
type State struct {
	Daemon    string                   `json:"daemon"`
	Project   string                   `json:"project,omitempty"`
	Looked    time.Time                `json:"looked,omitzero"`    // the end of the last look
	Next      time.Time                `json:"next,omitzero"`      // the begin of the next one
	Problem   string                   `json:"problem,omitempty"`  // why the instances cannot be seen
	Paused    time.Time                `json:"paused,omitzero"`    // an update has failed then: the rest waits
	Totals    map[instance.Outcome]int `json:"totals"`             // updates, by how they ended
	Fetched   []string                 `json:"fetched,omitempty"`  // images that were brought, and are removed when nothing needs them
	Unmended  map[string]int           `json:"unmended,omitempty"` // why what updates have left could not be mended, and in how many looks in turn
	Instances []Entry                  `json:"instances"`
}

// Count counts the instances of a status.
func (s State) Count(status Status) (n int) {
	for _, e := range s.Instances {
		if e.Status == status {
			n++
		}
	}
	return n
}

// copied is a state that does not change.
func (s State) copied() State {
	s.Totals = maps.Clone(s.Totals)
	s.Fetched = slices.Clone(s.Fetched)
	s.Unmended = maps.Clone(s.Unmended)
	s.Instances = slices.Clone(s.Instances)
	return s
}

// entry is what is known of an instance; nil if that is nothing.
func (s *State) entry(name string) *Entry {
	n, found := slices.BinarySearchFunc(s.Instances, name, func(e Entry, name string) int { return strings.Compare(e.Name, name) })
	if !found {
		return nil
	}
	return &s.Instances[n]
}
