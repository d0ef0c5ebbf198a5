package rootfs

import (
	"errors"
	"fmt"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/humanize"
)

// Limits bound what the layers of a tree bring together, also what no longer shows. Zero
// is no limit.
type Limits struct {
	Bytes    int64 // of contents
	Entries  int64 // names: those of entries, and of directories that only lie on their way
	Metadata int64 // bytes of names, links and attributes, as they are kept or looked at
	// BytesWhy and FilesBy are for errors: "the limit of --max-unpacked-image", "--max-files".
	BytesWhy, FilesBy string
	// Expected is how large the tree is thought to become, for who has counted its entries:
	// beyond it, Apply ends with ErrLarger. Of its fields only Entries and Metadata count.
	Expected *Limits
}

// ErrLarger says that a tree has become larger than was expected, which is not the fault of
// its layers. It has to be built again with a larger expectation.
var ErrLarger = errors.New("the image has more files, or longer names, than its layers have entries for")

// What names and attributes count: about what they take in memory, with all that is made of
// them. Names and targets are in the tree and in a table of the image, which also grows by
// being copied; attributes are in more tables. Links on the way to a name take time.
const (
	perName     = 64
	nameTimes   = 4
	targetTimes = 8
	xattrTimes  = 8
	linkTimes   = 4
)

// spent is what was used of limits.
type spent struct{ bytes, entries, metadata int64 }

// charge counts what was added or looked at.
func (f *forest) charge(entries, metadata int64) {
	f.spent.entries += entries
	f.spent.metadata += metadata
}

// check says whether it is too much.
func (t *Tree) check() error {
	switch l, s := t.Limits, t.spent; {
	case l.Bytes > 0 && s.bytes > l.Bytes:
		return tooLarge(", "+l.BytesWhy, "the layers of the image expand to more than %s together", humanize.Limit(l.Bytes))
	case l.Entries > 0 && s.entries > l.Entries:
		return tooLarge(", the limit of "+l.FilesBy, "the layers of the image have more than %d files and directories together", l.Entries)
	case l.Metadata > 0 && s.metadata > l.Metadata:
		return tooLarge("; "+l.FilesBy+" allows that much for so many files", "the names and attributes of the image's files take more than %s together", humanize.Limit(l.Metadata))
	case t.texts.full() || t.nodes.count > impliedDir/2:
		return failure.Publicf(failure.TooLarge, "the image has more files, or longer names, than fit into a tree")
	case l.Expected != nil && (s.entries > l.Expected.Entries || s.metadata > l.Expected.Metadata):
		return ErrLarger
	}
	return nil
}

// ContentCost is what a file that is not empty counts more.
const ContentCost = 128

// tooLarge is an error of which strangers are told the text, and not the setting after it.
func tooLarge(setting, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	return failure.Tell(failure.Errorf(failure.TooLarge, "%s%s", text, setting), text)
}

// Cost is what the entry counts of Limits.Metadata, without its content.
func (e *Entry) Cost() int64 {
	base := len(e.Name) - strings.LastIndexByte(strings.TrimRight(e.Name, "/"), '/') - 1
	n := perName + len(e.Name) + (nameTimes-1)*base + targetTimes*(len(e.Hardlink)+len(e.Inode.Target))
	for name, value := range e.Inode.Xattrs {
		n += perName + xattrTimes*(len(name)+len(value))
	}
	return int64(n)
}

// chargeEntry counts an entry of a layer.
func (f *forest) chargeEntry(e *Entry) {
	f.charge(1, e.Cost())
	if e.Inode.Content != nil {
		f.charge(0, ContentCost)
		f.spent.bytes += e.Inode.Content.Size()
	}
}
