package build

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/progress"
	"lxdocker/internal/runs"
)

// Builder keeps the images of a store up to date. All fields down to Now must be set.
type Builder struct {
	*convert.Converter
	Retention layer.Retention // at first: see Change
	Keep      image.Retention // the same
	Display   progress.Display
	Log       *slog.Logger
	Now       func() time.Time

	// Free removes images on demand that have not been requested for a long time, if they
	// take so many bytes together: another image needs the room. nil: there are none.
	Free func(ctx context.Context, bytes int64)

	// SpaceOf says how much room there is on a disk, of which the kernel says the rest. nil:
	// as much as that says, too.
	SpaceOf func(durable.Space) (durable.Space, error)

	// Runs notes what becomes of the work on images, for those who ask later. nil: nobody does.
	Runs *runs.Log

	// Observer is told of the work on images. nil: nobody is.
	Observer Observer

	changed   atomic.Pointer[Rules] // nil: Retention and Keep still count
	manifests manifestIndex
	trims     atomic.Int64 // how many calls of Trim have not had their look
}

// Observer is told of the work on images, for metrics.
type Observer interface {
	// Making says that an image is made from here on; Ended comes in any case.
	Making(onDemand bool)
	// Ended says how the work on an image ended, whether or not it was made, and why it
	// failed if it did.
	Ended(onDemand bool, outcome progress.Outcome, made bool, err error, took time.Duration)
	// Followed says that a run on all specs came to its end, and how many images and specs failed.
	Followed(failed int, at time.Time)
}

// nobody is an Observer.
type nobody struct{}

func (nobody) Making(bool)                                              {}
func (nobody) Ended(bool, progress.Outcome, bool, error, time.Duration) {}
func (nobody) Followed(int, time.Time)                                  {}

func (b *Builder) observer() Observer {
	if b.Observer == nil {
		return nobody{}
	}
	return b.Observer
}
