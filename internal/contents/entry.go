package contents

import (
	"strings"
)

// Kind is what a name is.
type Kind byte

// The kinds of names.
const (
	Dir     Kind = 'd'
	File    Kind = 'f'
	Symlink Kind = 'l'
	Device  Kind = 'c' // of characters or of blocks
	FIFO    Kind = 'p'
)

// String is what people call it.
func (k Kind) String() string {
	switch k {
	case Dir:
		return "folder"
	case Symlink:
		return "symbolic link"
	case Device:
		return "device"
	case FIFO:
		return "pipe"
	}
	return "file"
}

// Sum is the first half of a sha256.
type Sum [16]byte

// Entry is a name in an image.
type Entry struct {
	Path     string // without a slash at the begin; "." is the root
	Kind     Kind
	Mode     uint32 // permission, setuid, setgid and sticky bits
	UID, GID uint32
	Size     int64 // bytes of a file
	Sum      Sum   // of the content, the target or the numbers of a device, and of extended attributes
	Again    bool  // it is a hard link to a name before it: its bytes were counted
	Layer    int   // that it is from, the lowest is 1; 0: lxdocker or the spec added it, or nobody knows
}

// bytes is how much a name adds to what an image holds.
func (e *Entry) bytes() int64 {
	if e.Again {
		return 0
	}
	return e.Size
}

// Package is an installed package.
type Package struct {
	Manager      string // dpkg or apk
	Name         string
	Architecture string
	Version      string
}

func (p Package) compare(q Package) int {
	for _, c := range [3]int{strings.Compare(p.Name, q.Name), strings.Compare(p.Architecture, q.Architecture), strings.Compare(p.Manager, q.Manager)} {
		if c != 0 {
			return c
		}
	}
	return 0
}

// The bounds of a note. Most images have fewer than 50,000 names and 1,000 packages.
const (
	MaxNames    = 200_000
	maxRaw      = 16 << 20 // bytes of the names, before they are compressed
	maxPath     = 4096     // PATH_MAX
	maxPackages = 10_000
	maxWord     = 200 // bytes of a name or version of a package
	maxLayer    = 1<<16 - 1
)

// before is the order of a note: that of a tree, where a directory comes before what is in it,
// and that before the next name.
func before(a, b string) int {
	if a == b {
		return 0
	}
	if a == "." {
		return -1
	}
	if b == "." {
		return 1
	}
	for i := range min(len(a), len(b)) {
		if a[i] == b[i] {
			continue
		}
		if a[i] == '/' || b[i] != '/' && a[i] < b[i] {
			return -1
		}
		return 1
	}
	return len(a) - len(b)
}
