package lifecycle

import (
	"fmt"
	"strconv"
	"strings"
)

// Restart is a restart policy: what happens when the application ends without
// having been asked to. The zero value is "no": the instance stops.
type Restart struct {
	When RestartWhen
	Max  int // for RestartOnFailure: the maximum number of restarts; 0 means no limit
}

// RestartWhen is the word in front of a restart policy.
type RestartWhen int

const (
	RestartNo        RestartWhen = iota
	RestartOnFailure             // exit code other than 0, or killed by a signal
	RestartAlways
)

const onFailureLimit = "on-failure:" // and how often

// RestartPolicies returns the policies, without those that have a limit.
func RestartPolicies() []string { return []string{"no", "on-failure", "always"} }

// ParseRestart reads "no", "always", "on-failure" and "on-failure:3". "" means
// "no".
func ParseRestart(s string) (Restart, error) {
	switch s {
	case "", "no":
		return Restart{}, nil
	case "always":
		return Restart{When: RestartAlways}, nil
	case "on-failure":
		return Restart{When: RestartOnFailure}, nil
	case "unless-stopped":
		return Restart{}, fmt.Errorf("restart policy %q: write always; what LXD or Incus has stopped is not started again anyway", s)
	}
	if n, ok := strings.CutPrefix(s, onFailureLimit); ok {
		if limit, err := strconv.ParseUint(n, 10, 31); err == nil && limit > 0 {
			return Restart{When: RestartOnFailure, Max: int(limit)}, nil
		}
	}
	return Restart{}, fmt.Errorf("restart policy %q: it is no, on-failure, on-failure:N with N from 1, or always", s)
}

// MarshalText writes the policy as ParseRestart reads it.
func (r Restart) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what ParseRestart reads.
func (r *Restart) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRestart(string(text))
	return err
}

// String returns the policy as ParseRestart reads it.
func (r Restart) String() string {
	switch r.When {
	case RestartAlways:
		return "always"
	case RestartOnFailure:
		if r.Max > 0 {
			return onFailureLimit + strconv.Itoa(r.Max)
		}
		return "on-failure"
	}
	return "no"
}
