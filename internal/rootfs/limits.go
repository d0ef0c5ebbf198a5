package rootfs

import (
	"lxdocker/internal/failure"
	"lxdocker/internal/humanize"
)

// Limits bound what the layers of a tree bring together, also what no longer shows. Zero
// is no limit.
type Limits struct {
	Entries  int64 // names: those of entries, and of directories that only lie on their way
	Metadata int64 // bytes of names, links and attributes, as they are kept or looked at

	// Setting is who to ask for more, in errors: " (--max-entries)", or "".
	Setting string
}

// perName is how many bytes a name counts besides its own: about what it takes in memory,
// with all that is made of it.
const perName = 64

// charge counts what was added or looked at.
func (f *forest) charge(entries, bytes int64) {
	f.entries += entries
	f.cost += bytes
}

// check says whether it is too much.
func (t *Tree) check() error {
	switch l := t.Limits; {
	case l.Entries > 0 && t.entries > l.Entries:
		return failure.Errorf(failure.TooLarge, "the image has more than %d files in all its layers, the limit here%s", l.Entries, l.Setting)
	case l.Metadata > 0 && t.cost > l.Metadata:
		return failure.Errorf(failure.TooLarge, "names and attributes of the image's files take more than %s, the limit here", humanize.Limit(l.Metadata))
	case t.texts.full() || t.nodes.count > impliedDir/2:
		return failure.Errorf(failure.TooLarge, "the image has more files, or longer names, than any file system here")
	}
	return nil
}

// costOf is what an entry counts as metadata.
func costOf(e *Entry) int64 {
	n := perName + len(e.Name) + len(e.Hardlink) + len(e.Inode.Target)
	for name, value := range e.Inode.Xattrs {
		n += perName + len(name) + len(value)
	}
	return int64(n)
}
