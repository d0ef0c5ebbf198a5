package store

import "time"

// The kinds of files of a version. A version has either Metadata and Squashfs
// (a split image) or Unified.
const (
	Metadata = "metadata"
	Squashfs = "squashfs"
	Unified  = "unified"
)

// Version is one build of one image for one architecture.
type Version struct {
	Name         string            `json:"name"`
	Architecture string            `json:"architecture"` // in LXD's words: amd64, arm64, armhf…
	Serial       string            `json:"serial"`       // YYYYMMDD_HHMMSS in UTC; grows within a product
	Fingerprint  string            `json:"fingerprint"`  // hex sha256 of the image as LXD computes it
	Key          string            `json:"key,omitempty"`
	Source       string            `json:"source,omitempty"`
	SourceDigest string            `json:"source_digest,omitempty"`
	Release      string            `json:"release,omitempty"`
	Description  string            `json:"description,omitempty"`
	Aliases      []string          `json:"aliases,omitempty"`
	Properties   map[string]string `json:"properties,omitempty"`
	Requirements map[string]string `json:"requirements,omitempty"`
	Files        []File            `json:"files"`
	Created      time.Time         `json:"created"`
	Retired      *time.Time        `json:"retired,omitempty"` // when it left the catalog; nil if it did not; kept in a file of its own
}

// File is one file of a version.
type File struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"` // within the version's folder
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// Path is where a file of the version is below the store's folder and below
// the server's URL: "images/nginx/amd64/20261123_101500/rootfs.squashfs".
func (v Version) Path(f File) string { return v.dir() + "/" + f.Name }

// File returns the version's file of a kind.
func (v Version) File(kind string) (File, bool) {
	for _, f := range v.Files {
		if f.Kind == kind {
			return f, true
		}
	}
	return File{}, false
}

// Published is when the version was published, as its serial says it.
func (v Version) Published() time.Time {
	t, _ := time.Parse(serialLayout, v.Serial)
	return t
}

func (v Version) dir() string { return v.product() + "/" + v.Serial }

func (v Version) product() string { return imagesDir + "/" + v.Name + "/" + v.Architecture }
