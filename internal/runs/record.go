package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"lxdocker/internal/image"
)

// Format is the version of the record. It grows when a key gets another meaning, which no key
// has had so far. Keys that a program does not know stay as they are.
const Format = 1

// Record is all that is known.
type Record struct {
	Run      *Run      `json:"run,omitempty"`     // the last on all specs
	Before   *Run      `json:"before,omitempty"`  // what Last was when it began; nil if it is complete
	Servers  []Server  `json:"servers,omitempty"` // that convert, and run, as far as is known; or the last that did
	Cache    *Cache    `json:"cache,omitempty"`
	Failures []Failure `json:"failures,omitempty"` // those of specs first

	unknown map[string]json.RawMessage // what later programs keep here
}

// Run is a run on all specs.
type Run struct {
	Mark        int64      `json:"mark"`    // of Keeper: it is there while the run is under way
	By          string     `json:"by"`      // lxdocker or imgserver
	Process     string     `json:"process"` // number and machine, for people
	Began       time.Time  `json:"began"`
	Ended       *time.Time `json:"ended,omitempty"` // nil: it has not, or could not say so
	Interrupted bool       `json:"interrupted,omitempty"`
	Error       string     `json:"error,omitempty"` // why the run as a whole failed
	Counts
}

// Counts say how many images ended how.
type Counts struct {
	Built     int `json:"built"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed"`
	Removed   int `json:"removed"`
	Wrong     int `json:"wrong_specs"`
}

// Server is an imgserver that converts.
type Server struct {
	Mark    int64         `json:"mark"` // as that of Run
	Process string        `json:"process"`
	Began   time.Time     `json:"began"`
	Ended   *time.Time    `json:"ended,omitempty"`
	Cert    string        `json:"certificate,omitempty"`     // its file
	Limit   int64         `json:"on_demand_limit,omitempty"` // bytes of all images on demand; 0: none
	Every   time.Duration `json:"every,omitempty"`           // ns between two looks at a tag; 0: never
	Specs   bool          `json:"specs,omitempty"`           // it keeps the images of specs up to date
	Next    *time.Time    `json:"next,omitempty"`            // when it looks at the specs next
}

// Cache is the cache of the last run or server.
type Cache struct {
	Folder string    `json:"folder"`
	Bytes  int64     `json:"bytes"`
	Limit  int64     `json:"limit,omitempty"` // 0: none
	At     time.Time `json:"at"`              // when that was measured
}

// Failure is an image that fails, or a spec that is wrong.
type Failure struct {
	image.Product           // of a wrong spec only the name
	Title         string    `json:"title"`           // what people call it
	Hub           bool      `json:"hub,omitempty"`   // it is on demand
	Known         bool      `json:"known,omitempty"` // clients get an older version meanwhile
	Since         time.Time `json:"since"`           // the first of the failures without a success in between
	Last          time.Time `json:"last"`
	Times         int       `json:"times"`
	Kind          string    `json:"kind"`            // of package failure, or WrongSpec
	Cause         string    `json:"cause,omitempty"` // of package failure
	Error         string    `json:"error"`
}

// WrongSpec is the kind of a failure that is a mistake in a spec.
const WrongSpec = "wrong spec"

// Decode reads a record. No data are an empty one.
func Decode(data []byte) (*Record, error) {
	r := &Record{}
	if len(data) == 0 {
		return r, nil
	}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("reading the record of runs: %w", err)
	}
	if err := json.Unmarshal(data, &r.unknown); err != nil || r.unknown == nil {
		return nil, errors.Join(errors.New("reading the record of runs: it is no JSON object"), err)
	}
	for _, known := range []string{"run", "before", "servers", "cache", "failures"} {
		delete(r.unknown, known)
	}
	r.Failures = slices.DeleteFunc(r.Failures, func(f Failure) bool { return f.Title == "" })
	return r, nil
}

// Encode writes a record, within its bounds.
func (r *Record) Encode() ([]byte, error) {
	r.bound()
	all := maps.Clone(r.unknown)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	var later int
	if _ = json.Unmarshal(all["format"], &later); later < Format {
		all["format"] = json.RawMessage(fmt.Sprint(Format))
	}
	known, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(known, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("writing the record of runs: %w", err)
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the record of runs: %w", err)
	}
	return append(data, '\n'), nil
}

// Last is the last run that did all that it was to do, except for images that failed; nil if
// there is none.
func (r *Record) Last() *Run {
	if r.Run != nil && r.Run.complete() {
		return r.Run
	}
	return r.Before
}

func (r *Run) complete() bool { return r.Ended != nil && !r.Interrupted && r.Error == "" }
