package store

import (
	"context"
	"io"
	"time"

	"lxdocker/internal/image"
)

// Store keeps published images. The package comment says what every method
// promises; here is what each is for.
type Store interface {
	// Versions returns all that is published now, retired versions included, and
	// the same Snapshot as long as nothing changes. A product that has a version
	// out of retirement all the time is never missed, whatever is published,
	// retired and pruned during the call. It is an error if there is no store.
	Versions(ctx context.Context) (*Snapshot, error)

	// OpenFile opens the published file whose image.Version.Path is path, of a
	// retired version too. Any other path is fs.ErrNotExist; a version that is
	// there, but damaged, is another error. The file can be read to its end even
	// if the version is pruned meanwhile.
	OpenFile(ctx context.Context, path string) (*Published, error)

	// Describe returns a version with what it runs, image.Version.Runs, which no Snapshot
	// has: it reads that of the one version. It is fs.ErrNotExist if the version is gone.
	Describe(ctx context.Context, id image.ID) (image.Version, error)

	// OpenContents opens the note of what is in a version, if its draft was given one. It is
	// fs.ErrNotExist if there is none, or no such version. Nobody verifies it.
	OpenContents(ctx context.Context, id image.ID) (io.ReadCloser, error)

	// Draft begins a version. It belongs to this process.
	Draft(ctx context.Context) (Draft, error)

	// Retire says that versions left the catalog at a time. Their files stay until
	// Prune takes them away. A version that is retired already keeps its time, and
	// one that is gone stays gone. They are retired in the order given; after an
	// error, the first ones may be.
	//
	// To replace a version, publish the new one first, update the streams, and
	// retire the old one last: then neither a reader nor a crash finds a moment
	// without a current version, and the grace period starts when it should.
	Retire(ctx context.Context, at time.Time, versions ...image.Version) error

	// Pin says that a product is to stay as it is from a time on: nobody who builds or
	// removes versions by rules touches it. Pinning it again changes nothing. It is
	// fs.ErrNotExist if the product has no versions. Without a time it takes back what
	// was said, if it was.
	Pin(ctx context.Context, p image.Product, since *time.Time) error

	// Prune removes the versions that were retired at least grace before now, and
	// what dead processes left behind. If a version was retired at a time that is yet
	// to come (image.ClockSkew), it counts when Prune first saw that. It returns what
	// it removed, also when it could not remove everything. Versions that the static
	// index still names stay.
	Prune(ctx context.Context, now time.Time, grace time.Duration) (removed []image.Version, err error)

	// Remove immediately removes a version that is damaged or whose room is needed, or a
	// folder that should be a version but is not: it is in no Snapshot any more. If it
	// cannot be moved, it stays where it is, but leaves the Snapshots of this process; that
	// is an error all the same. Files of a later program are not removed.
	Remove(ctx context.Context, id image.ID, why string, files Fate) error

	// Check compares what the store says of some products with what is really there,
	// so that what somebody removed or damaged by other means is in no Snapshot any
	// more. Without any it looks at everything, which costs as much as the store
	// holds: do that rarely.
	Check(ctx context.Context, of ...image.Product) error

	// UpdateStreams writes the index for static web servers, as render makes it of
	// all versions there are now; render is not called again when neither they nor
	// the index have changed. An older index never takes the
	// place of a newer one. It costs as much as everything that is listed: call it
	// once for many changes.
	UpdateStreams(ctx context.Context, render func(map[image.Product]image.Packed) (index, images []byte, err error)) error

	// TryLock takes the lock for making versions of a product, so that a second process
	// finds the version of the first. Without a product it is the lock of a whole run,
	// which keeps out other runs and nobody else. Both exclude only those who ask for the
	// same lock: nobody needs them to change anything. It returns a *LockedError when
	// another process, or another part of this one, has it. When a process dies, its locks
	// are released. Lock waits for a lock.
	TryLock(ctx context.Context, of ...image.Product) (unlock func(), err error)
}

// Fate is what becomes of the files of a version that is removed.
type Fate int

const (
	// Delete removes them.
	Delete Fate = iota
	// SetAside keeps them, in a place that is not offered, until the product has been
	// published again and Prune is called: they may be the only copy, and this machine's
	// memory may have been at fault.
	SetAside
)

// Draft is a version in the making. Nobody sees it until it is published. Its
// methods may be called by several goroutines.
type Draft interface {
	// Create makes a file of the version. It counts when it has been closed
	// without an error. Several files may be written at the same time; writing the
	// metadata first saves reading the others again for the fingerprint.
	Create(kind, name string) (Writer, error)

	// CreateDelta makes the file that says how the draft's image.Squashfs is made
	// from that of an older version.
	CreateDelta(base image.Version) (Writer, error)

	// Take makes the file of a kind that a published version has a file of the draft, too,
	// without copying it where that is possible. All of it is read: it is ErrDamaged if it
	// is not what the version says, and fs.ErrNotExist if it is gone. What Create says of
	// the metadata holds here as well.
	Take(ctx context.Context, from image.Version, kind string) error

	// WriteContents keeps what is in the image beside its files, for people: as package
	// contents notes it. After an error of write there is no such note. What Take takes
	// over brings its note with it.
	WriteContents(write func(io.Writer) error) error

	// Open opens a file of the draft that has been written and closed.
	Open(kind string) (Content, error)

	// Remove takes a file back that is not worth having.
	Remove(w Writer) error

	// Publish makes the draft a version of the store. It fills in Files, the
	// fingerprints, Serial, which is greater than every other of the product, and
	// Created, if that is zero. It is ErrDamaged if v has fingerprints already, and the
	// files have others. A draft is published once.
	Publish(ctx context.Context, v image.Version) (image.Version, error)

	// Discard throws the draft away. After Publish it does nothing, so that it can
	// always be deferred.
	Discard()
}

// Writer writes one file of a draft. Close returns the first error of all writes.
type Writer interface {
	io.WriteCloser

	// WriteFrom is Write for bytes that src has at off, too. A store that can share
	// them instead of writing them again does so; any other just writes p.
	WriteFrom(p []byte, src io.ReaderAt, off int64) (int, error)
}

// Content is a file, opened for reading.
type Content interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Published is a file of a published version, opened for reading.
type Published struct {
	Content
	Version image.Version
	Entry   image.File // what the version says about it
}

// NewReader returns a reader of a content from its begin.
func NewReader(c Content) *io.SectionReader { return io.NewSectionReader(c, 0, c.Size()) }
