package contents

import (
	"context"
	"errors"
	"io"
	"strings"
)

// Changes is in what an image differs from one before.
type Changes struct {
	Packages PackageChanges
	Files    FileChanges
	Layers   ByLayer
	Cut      bool // one has more names than were noted: those after the last one are not compared
	Names    int  // that were read
}

// FileChanges are those of names. A folder that is in one image only stands for all in it.
type FileChanges struct {
	Added, Removed, Changed Names
}

// Names are some names, and how many there are.
type Names struct {
	Listed []Name
	Files  int   // what is no folder, listed or not
	Bytes  int64 // of these; of files that changed as they are now
	More   int   // names that are not listed
}

// Name is one that differs.
type Name struct {
	Path     string
	Kind     Kind
	Files    int   // in a folder
	Size     int64 // of the file, or of all files in the folder
	Was      int64 // its size before, if it is in both
	Contents bool  // what it holds is other
	Mode     [2]uint32
	Owner    [2][2]uint32
	Kinds    [2]Kind
}

// maxListed is how many names or packages of each sort are listed.
const maxListed = 100

// maxShown is how many bytes of a path are listed.
const maxShown = 300

// Compare reads two notes.
func Compare(ctx context.Context, before, after io.Reader) (c Changes, err error) {
	a, err := NewReader(before)
	if err != nil {
		return c, err
	}
	defer a.Close()
	b, err := NewReader(after)
	if err != nil {
		return c, err
	}
	defer b.Close()
	if err := c.compare(ctx, &cursor{Reader: a}, &cursor{Reader: b}); err != nil {
		return Changes{}, err
	}
	if c.Layers.Known = a.layered && b.layered; !c.Layers.Known {
		c.Layers = ByLayer{}
	}
	c.Packages = comparePackages(a.Packages(), b.Packages())
	c.Cut, c.Names = a.Cut() || b.Cut(), a.names+b.names
	return c, nil
}

// cursor is at one name of a note.
type cursor struct {
	*Reader
	now  Entry
	more bool
}

func (c *cursor) next() (err error) {
	c.now, c.more, err = c.Next()
	return err
}

// often is after how many names it is looked whether anybody still waits.
const often = 1 << 10

func (c *Changes) compare(ctx context.Context, a, b *cursor) error {
	fresh, gone := lister{to: &c.Files.Added}, lister{to: &c.Files.Removed}
	is, was := layers{}, layers{}
	err := errors.Join(a.next(), b.next())
	for steps := 0; err == nil && (a.more || b.more); steps++ {
		if steps%often == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		order := 0
		if a.more && b.more {
			order = before(a.now.Path, b.now.Path)
		} else if b.more {
			order = 1
		} else {
			order = -1
		}
		switch {
		case order < 0:
			if b.more || !b.Cut() { // else nobody knows
				gone.add(a.now)
				was.count(a.now, removed)
			}
			err = a.next()
		case order > 0:
			if a.more || !a.Cut() {
				fresh.add(b.now)
				is.count(b.now, added)
			}
			err = b.next()
		default:
			if c.Files.Changed.compare(a.now, b.now) {
				is.count(b.now, changed)
			}
			err = errors.Join(a.next(), b.next())
		}
	}
	var more [2]int
	c.Layers.After, more[0] = is.list()
	c.Layers.Before, more[1] = was.list()
	c.Layers.More = more[0] + more[1]
	return err
}

// lister lists what is in one image only.
type lister struct {
	to     *Names
	folder *Name // the last one, listed or not: what is in it counts there
	prefix string
}

func (l *lister) add(e Entry) {
	if e.Kind != Dir {
		l.to.Files++
		l.to.Bytes += e.bytes()
	}
	if l.folder != nil && strings.HasPrefix(e.Path, l.prefix) {
		if e.Kind != Dir {
			l.folder.Files++
			l.folder.Size += e.bytes()
		}
		return
	}
	n := l.to.list(Name{Path: e.Path, Kind: e.Kind, Size: e.bytes()})
	if l.folder = nil; e.Kind == Dir {
		l.folder, l.prefix = n, e.Path+"/"
	}
}

// list takes a name into the list, if there is room. What it returns is valid until the next
// one.
func (n *Names) list(name Name) *Name {
	if len(name.Path) > maxShown {
		name.Path = name.Path[:maxShown] + "…"
	}
	if len(n.Listed) == maxListed {
		n.More++
		return &name
	}
	n.Listed = append(n.Listed, name)
	return &n.Listed[len(n.Listed)-1]
}

// compare lists a name that is in both images, if it differs. Folders differ in mode and owner.
func (n *Names) compare(a, b Entry) (differ bool) {
	name := Name{
		Path: b.Path, Kind: b.Kind, Size: b.Size, Was: a.Size, Kinds: [2]Kind{a.Kind, b.Kind}, Mode: [2]uint32{a.Mode, b.Mode},
		Owner: [2][2]uint32{{a.UID, a.GID}, {b.UID, b.GID}}, Contents: a.Kind == b.Kind && (a.Size != b.Size || a.Sum != b.Sum),
	}
	if a.Kind == b.Kind && a.Mode == b.Mode && name.Owner[0] == name.Owner[1] && !name.Contents {
		return false
	}
	if b.Kind != Dir {
		n.Files++
		n.Bytes += b.bytes()
	}
	n.list(name)
	return true
}
