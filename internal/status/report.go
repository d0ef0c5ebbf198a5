package status

import (
	"time"
)

// Format is the version of the report as JSON. It grows when a key gets another meaning or
// goes; new keys may come at any time.
const Format = 1

// Report is how the images of a store do.
type Report struct {
	Format       int           `json:"format"`
	Time         time.Time     `json:"time"`
	OK           bool          `json:"ok"`                // nobody is needed
	Problems     []Problem     `json:"problems"`          // never null, as no list is
	Run          *Run          `json:"run"`               // the last on all specs; null: none is known
	LastComplete *Run          `json:"last_complete_run"` // the last that came to all images; mostly the same
	Failing      []Failing     `json:"failing"`
	Pinned       []Held        `json:"pinned"`
	HeldBack     []Held        `json:"held_back"` // after a rollback, what came before is not built again
	Specs        Images        `json:"specs"`
	OnDemand     Images        `json:"on_demand"`
	Damaged      int           `json:"damaged_versions"`
	Bytes        int64         `json:"bytes"` // of all files of versions, shared ones once
	Disks        []Disk        `json:"disks"`
	Certificates []Certificate `json:"certificates"`
	Servers      []Server      `json:"servers"` // that convert
}

// Problem is something that needs a person.
type Problem struct {
	What  string     `json:"what"` // of these below
	Name  string     `json:"name,omitempty"`
	Since *time.Time `json:"since,omitempty"`
	Text  string     `json:"text"`
	Next  string     `json:"next"` // what to do
}

// What problems are of.
const (
	OfRecord      = "record" // of runs
	OfRun         = "run"
	OfImage       = "image"
	OfSpec        = "spec"
	OfDamage      = "damage"
	OfDisk        = "disk"
	OfCertificate = "certificate"
)

// The states of runs and servers.
const (
	UnderWay    = "under way"
	Ended       = "ended"
	Failed      = "failed" // as a whole
	Interrupted = "interrupted"
	Killed      = "killed"  // or its machine went down
	Unknown     = "unknown" // whether it is under way cannot be seen
)

// Run is a run on all specs.
type Run struct {
	State     string     `json:"state"`
	By        string     `json:"by"`
	Process   string     `json:"process"`
	Began     time.Time  `json:"began"`
	Ended     *time.Time `json:"ended"`
	Error     string     `json:"error,omitempty"`
	Built     int        `json:"built"`
	Unchanged int        `json:"unchanged"`
	Failed    int        `json:"failed"`
	Removed   int        `json:"removed"`
	Wrong     int        `json:"wrong_specs"`
}

// Failing is an image that fails, or a spec that is wrong.
type Failing struct {
	Title    string    `json:"image"`
	OnDemand bool      `json:"on_demand"`
	Offered  string    `json:"offered,omitempty"` // the version that clients get meanwhile
	Since    time.Time `json:"since"`
	Last     time.Time `json:"last"`
	Times    int       `json:"times"`
	Kind     string    `json:"kind"`            // as in events of --json, or "wrong spec"
	Cause    string    `json:"cause,omitempty"` // login, policy, platform, dns or tls, if it is known
	Error    string    `json:"error"`
	Next     string    `json:"next"`
	Needed   bool      `json:"needs_person"`
}

// Held is an image that stays as it is, by what somebody has said.
type Held struct {
	Title   string     `json:"image"`
	Version string     `json:"version"`
	Since   *time.Time `json:"since,omitempty"`
}

// Images counts images.
type Images struct {
	Images   int   `json:"images"`   // that are offered, one for each architecture
	Versions int   `json:"versions"` // that are offered
	Retired  int   `json:"retired_versions"`
	Bytes    int64 `json:"bytes"`           // of all files, shared ones once
	Limit    int64 `json:"limit,omitempty"` // of Bytes, if it is known
}

// Disk is a folder and the disk that it is on.
type Disk struct {
	Of       string     `json:"of"` // images or cache
	Folder   string     `json:"folder"`
	Bytes    int64      `json:"bytes"`              // what the folder takes
	Measured *time.Time `json:"measured,omitempty"` // if that is not known for now
	Limit    int64      `json:"limit,omitempty"`    // of Bytes; absent: none is known
	Free     int64      `json:"free"`               // bytes of the disk
	Size     int64      `json:"size"`
}

// Certificate is what clients know a server by.
type Certificate struct {
	File        string     `json:"file"`
	Name        string     `json:"name,omitempty"` // that an authority is asked to certify; "": it is for all other names
	Fingerprint string     `json:"fingerprint"`    // "": there is no certificate yet
	Until       time.Time  `json:"not_after"`
	Problem     string     `json:"problem,omitempty"`
	Renewal     string     `json:"renewal_error,omitempty"` // why it could not be renewed last time, which is tried again
	Since       *time.Time `json:"renewal_error_since,omitempty"`
	Next        string     `json:"-"` // what to do about a problem; "": what is so for all
}

// Server is an imgserver that converts.
type Server struct {
	State    string     `json:"state"`
	Process  string     `json:"process"`
	Began    time.Time  `json:"began"`
	Ended    *time.Time `json:"ended"`
	Specs    bool       `json:"specs"`
	NextLook *time.Time `json:"next_look"` // at the specs
}
