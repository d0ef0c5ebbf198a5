package image

import (
	"slices"
	"time"
)

// The kinds of files of a version. A version has either Metadata and Squashfs
// (a split image) or Unified. A split image may have a Tarball as well: the
// same root file system for clients that lose part of it in the squashfs. And
// it may have a Delta, that makes the Squashfs out of an older version's.
const (
	Delta    = "delta"
	Metadata = "metadata"
	Squashfs = "squashfs"
	Tarball  = "tarball"
	Unified  = "unified"
)

// Version is one build of one image for one architecture.
type Version struct {
	Name               string            `json:"name"`
	Architecture       string            `json:"architecture"`                  // in LXD's words: amd64, arm64, armhf…
	Serial             string            `json:"serial"`                        // YYYYMMDD_HHMMSS in UTC; grows within a product
	Fingerprint        string            `json:"fingerprint"`                   // hex sha256 of the image as LXD computes it
	TarballFingerprint string            `json:"tarball_fingerprint,omitempty"` // that of the image with the Tarball; "" if there is none
	Hub                bool              `json:"hub,omitempty"`                 // converted because a client asked for it; no spec has it
	Key                string            `json:"key,omitempty"`
	Undone             []string          `json:"undone,omitempty"` // keys of versions that a rollback took back: not to be built again
	Source             string            `json:"source,omitempty"`
	SourceDigest       string            `json:"source_digest,omitempty"`
	Layers             []string          `json:"layers,omitempty"` // digests of the source's layers; of a source without layers its own
	Release            string            `json:"release,omitempty"`
	Description        string            `json:"description,omitempty"`
	Aliases            []string          `json:"aliases,omitempty"`
	Properties         map[string]string `json:"properties,omitempty"`
	Requirements       map[string]string `json:"requirements,omitempty"`
	Files              []File            `json:"files"`
	Note               int64             `json:"note,omitempty"` // bytes of the note of what is in it, which is none of Files: see store.Draft.WriteContents
	Created            time.Time         `json:"created"`
	Runs               *Runs             `json:"runs,omitempty"`    // what it runs, for people: see store.Store.Describe
	Retired            *time.Time        `json:"retired,omitempty"` // when it left the catalog; nil if it did not; kept in a file of its own
	Pinned             *time.Time        `json:"pinned,omitempty"`  // since when the product is pinned; nil if it is not; kept in a file of its own
}

// File is one file of a version.
type File struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`           // within the version's folder
	Base   string `json:"base,omitempty"` // of a Delta: the serial of the version that it changes
	Size   int64  `json:"size"`           // bytes
	SHA256 string `json:"sha256"`
}

// Path is where a file of the version is below the store's folder and below
// the server's URL: "images/nginx/amd64/20261123_101500/rootfs.squashfs".
func (v Version) Path(f File) string { return v.Dir() + "/" + f.Name }

// File returns the version's file of a kind.
func (v Version) File(kind string) (File, bool) {
	for _, f := range v.Files {
		if f.Kind == kind {
			return f, true
		}
	}
	return File{}, false
}

// Form is a version as a client downloads it: one image with a fingerprint of its own.
type Form struct {
	Fingerprint string
	Files       []File // in the order in which the fingerprint hashes them
}

// Forms gives the forms of a version: one, or a second one with the Tarball.
func (v Version) Forms() []Form {
	forms := []Form{{v.Fingerprint, Without(v.Files, Tarball, Delta)}}
	if _, ok := v.File(Tarball); ok {
		forms = append(forms, Form{v.TarballFingerprint, Without(v.Files, Squashfs, Delta)})
	}
	return forms
}

// Without leaves out the files of some kinds.
func Without(files []File, kinds ...string) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return slices.Contains(kinds, f.Kind) })
}

// Published is when the version was published, as its serial says it.
func (v Version) Published() time.Time {
	t, _ := time.Parse(SerialLayout, v.Serial)
	return t
}

// ClockSkew is how far clocks that are right may differ. A time that is further ahead
// was written by one that was wrong.
const ClockSkew = time.Minute

// PublishedBy is when the version was published, as seen at the time now. A serial may be
// later than that: serials grow even after a clock was wrong, so Created says more. Times
// in the future count as now.
func (v Version) PublishedBy(now time.Time) time.Time {
	at := v.Published()
	if at.After(now) && !v.Created.IsZero() {
		at = v.Created
	}
	if at.After(now) {
		return now
	}
	return at
}

// Title is what people call the version's image: one that was made on demand has no
// name but its reference.
func (v Version) Title() string {
	if v.Hub {
		return v.Source + "/" + v.Architecture
	}
	return v.Product().String()
}

// Size is the size of all its files, in bytes.
func (v Version) Size() (n int64) {
	for _, f := range v.Files {
		n += f.Size
	}
	return n
}

// Product is the version's product.
func (v Version) Product() Product { return Product{v.Name, v.Architecture} }

// ID names the version.
func (v Version) ID() ID { return ID{v.Product(), v.Serial} }

// Dir is the version's folder below the store's.
func (v Version) Dir() string { return v.ID().Dir() }
