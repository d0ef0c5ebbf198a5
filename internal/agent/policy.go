package agent

import (
	"fmt"
	"strings"
	"time"

	"lxdocker/internal/daemon"
)

// Policy says what happens when there is a newer image.
type Policy string

// The policies.
const (
	Off    Policy = "off"
	Notify Policy = "notify" // people are told
	Auto   Policy = "auto"   // the instance is updated
)

// Settings of instances, which may be those of a profile.
const (
	keyPolicy = "user.lxdocker.update"
	keyWindow = "user.lxdocker.update.window"
	keyMinAge = "user.lxdocker.update.min-age"
	keyAfter  = "user.lxdocker.after"
)

// Settings are what an administrator decides.
type Settings struct {
	Policy  Policy        // of instances that do not say
	Windows []Window      // when updates may begin; none: always
	MinAge  time.Duration // how long the daemon has to have an image before it is taken
	AtOnce  int           // how many instances are updated at once
	Every   time.Duration // between two looks
	Self    string        // the instance that the agent is in, which it leaves alone; "": none
}

// rules are what counts for one instance.
type rules struct {
	policy  Policy
	windows []Window
	minAge  time.Duration
	after   []string // the instances that it needs
}

// of reads the rules of an instance. If one of its settings is wrong, it has no updates.
func (s Settings) of(i daemon.Instance) (r rules, err error) {
	r = rules{policy: s.Policy, windows: s.Windows, minAge: s.MinAge}
	r.after = strings.FieldsFunc(i.ExpandedConfig[keyAfter], func(c rune) bool { return c == ',' || c == ' ' })
	if text := i.ExpandedConfig[keyPolicy]; text != "" {
		if r.policy, err = ParsePolicy(text); err != nil {
			return r, fmt.Errorf("%s of %s: %w", keyPolicy, i.Name, err)
		}
	}
	if text := i.ExpandedConfig[keyWindow]; text != "" {
		r.windows = nil
		for one := range strings.SplitSeq(text, ";") {
			w, err := ParseWindow(one)
			if err != nil {
				return r, fmt.Errorf("%s of %s: %w", keyWindow, i.Name, err)
			}
			r.windows = append(r.windows, w)
		}
	}
	if text := i.ExpandedConfig[keyMinAge]; text != "" {
		if r.minAge, err = time.ParseDuration(text); err != nil || r.minAge < 0 {
			return r, fmt.Errorf("%s of %s: %q is no duration like 48h", keyMinAge, i.Name, text)
		}
	}
	return r, nil
}

// ParsePolicy reads a policy.
func ParsePolicy(text string) (Policy, error) {
	switch p := Policy(text); p {
	case Off, Notify, Auto:
		return p, nil
	}
	return Off, fmt.Errorf("%q is none of off, notify and auto", text)
}
