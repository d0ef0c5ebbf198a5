package version

import (
	"regexp"
	"runtime/debug"
	"sync"
	"time"
)

// next is the release that this tree becomes; CHANGELOG.md says what it brings.
const next = "0.1.0"

// Build is what is known of where a program comes from.
type Build struct {
	Release string    // as semantic versioning has it, without "v"; empty if this is none
	Commit  string    // the full hash, or empty if the program was not built in a repository
	Time    time.Time // of the commit
	Dirty   bool      // the files were not those of the commit
	Go      string    // the version of the toolchain
}

// String returns a version that fits into a header: "0.1.0" for a release, else
// "0.1.0-dev", with commit and state as build metadata: "0.1.0-dev+046aa29e9f1c.dirty".
func (b Build) String() string {
	switch {
	case b.Release != "":
		return b.Release
	case b.Commit == "":
		return next + "-dev"
	case b.Dirty:
		return next + "-dev+" + b.short() + ".dirty"
	default:
		return next + "-dev+" + b.short()
	}
}

func (b Build) short() string { return b.Commit[:min(12, len(b.Commit))] }

// Of returns what this program was built from.
var Of = sync.OnceValue(func() Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return Build{}
	}
	return of(info)
})

// release matches the versions of tags; commits without one have pseudo-versions
// (https://go.dev/ref/mod#pseudo-versions), and changed files make "+dirty".
var release = regexp.MustCompile(`^v([0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta|rc)[.0-9]*)?)$`)

func of(info *debug.BuildInfo) Build {
	b := Build{Go: info.GoVersion}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Time, _ = time.Parse(time.RFC3339, s.Value) // zero if it is none
		case "vcs.modified":
			b.Dirty = s.Value == "true"
		}
	}
	if m := release.FindStringSubmatch(info.Main.Version); m != nil {
		b.Release = m[1]
	}
	return b
}

// String returns the version of this program.
func String() string { return Of().String() }
