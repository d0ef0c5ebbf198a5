package agent

import (
	"cmp"
	"fmt"
	"time"
)

// Notice is what people are told.
type Notice struct {
	Event     Event     `json:"event"`
	Time      time.Time `json:"time"`
	Daemon    string    `json:"daemon"`
	Project   string    `json:"project,omitempty"`
	Instance  string    `json:"instance,omitempty"`
	Reference string    `json:"reference,omitempty"`
	From      string    `json:"from,omitempty"` // fingerprints
	To        string    `json:"to,omitempty"`
	Why       string    `json:"why,omitempty"`
	Downtime  float64   `json:"downtime_seconds,omitempty"`
	Text      string    `json:"text"` // all of it in a sentence
}

// Event is what has happened.
type Event string

// The events.
const (
	IsAvailable Event = "available" // a newer image, which a person has to take
	WasUpdated  Event = "updated"
	WentBack    Event = "went back" // the newer image does not work
	HasFailed   Event = "failed"    // the update, and nothing has changed
	IsWrong     Event = "wrong"     // a person has to change something
	Problem     Event = "problem"   // the instances cannot be seen
)

// NeedsPerson says whether somebody should look soon.
func (e Event) NeedsPerson() bool { return e != IsAvailable && e != WasUpdated }

func (n Notice) text() string {
	of := n.Instance
	if n.Reference != "" {
		of += " (" + n.Reference + ")"
	}
	why := ""
	if n.Why != "" {
		why = ": " + n.Why
	}
	switch n.Event {
	case IsAvailable:
		return fmt.Sprintf("%s: there is a newer image, %.12s%s", of, n.To, why)
	case WasUpdated:
		return fmt.Sprintf("%s was updated from %.12s to %.12s, down for %.1f s%s", of, n.From, n.To, n.Downtime, why)
	case WentBack:
		return fmt.Sprintf("%s went back to %.12s, as %.12s does not work%s", of, n.From, n.To, why)
	case HasFailed:
		return fmt.Sprintf("%s could not be updated%s", of, why)
	case IsWrong:
		return fmt.Sprintf("%s is not updated%s", of, why)
	}
	return fmt.Sprintf("the instances of %s cannot be seen%s", cmp.Or(n.Daemon, "the daemon"), why)
}
