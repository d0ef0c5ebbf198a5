package build

import (
	"context"
	"slices"
	"time"

	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// Result is how one job ended.
type Result struct {
	Product image.Product
	Outcome progress.Outcome
	Version image.Version // what is published now; zero when there is nothing
	Note    string        // why it was left alone, if not because nothing is new
	Err     error         // of a failed one
	Elapsed time.Duration
	made    bool // it was begun to be made
}

// The notes of results.
const (
	Pinned      = "pinned"
	HeldBack    = "held back"
	RateLimited = "the registry limits requests"
)

// one does one job and says how it ended. current is what clients get now, if
// anything. The cache may have to be trimmed then.
func (b *Builder) one(ctx context.Context, s store.Store, j convert.Job, current image.Version, background bool, u *used) Result {
	began := b.Now()
	task := b.Display.Task(j.Title())
	result := Result{Outcome: progress.Unchanged, Version: current}
	if result.Note = b.leaveAlone(j, current, background); result.Note == "" {
		b.convert(ctx, s, j, task, u, &result)
	}
	result.Err = durable.ExplainSpace(result.Err)
	result.Product, result.Elapsed = j.Product, b.Now().Sub(began)
	outcome := result.Outcome
	if outcome == progress.Failed && ctx.Err() != nil {
		outcome = progress.Interrupted
	}
	b.observer().Ended(j.OnDemand, outcome, result.made, result.Err, result.Elapsed)
	switch outcome {
	case progress.Interrupted:
		task.End(progress.Interrupted, "")
	case progress.Failed:
		task.Fail(result.Err)
	default:
		task.End(result.Outcome, result.Version.Serial+" "+result.Version.Fingerprint[:12])
	}
	return result
}

// leaveAlone says why the registry is not even asked; "" if it is.
func (b *Builder) leaveAlone(j convert.Job, current image.Version, background bool) string {
	switch {
	case current.Serial == "":
		return ""
	case current.Pinned != nil:
		b.Log.Info("not building an image: it is "+Pinned, "image", j.Product, "version", current.Serial, "since", *current.Pinned)
		return Pinned
	case background && b.RateLimited(j).After(b.Now()):
		return RateLimited
	}
	return ""
}

// convert brings a result up to date.
func (b *Builder) convert(ctx context.Context, s store.Store, j convert.Job, task progress.Task, u *used, result *Result) {
	c, err := b.Start(ctx, j, task)
	if err != nil {
		result.Outcome, result.Err = progress.Failed, err
		return
	}
	defer c.Close()
	u.add(c.Manifest(), c.Layers())
	current := result.Version
	switch key := c.Key(); {
	case current.Serial != "" && current.Key == key:
		b.Log.Debug("nothing is new", "image", j.Title(), "version", current.Serial, "source", c.Manifest())
		return
	case slices.Contains(current.Undone, key):
		b.Log.Info("not building an image: it is "+HeldBack+" by a rollback", "image", j.Product, "version", current.Serial, "source", c.Manifest())
		result.Note = HeldBack
		return
	}
	c.Reuse(b.reusable(ctx, s, c))
	if err := b.room(ctx, s, true, j, c); err != nil {
		result.Outcome, result.Err = progress.Failed, err
		return
	}
	b.begin(j, c, current)
	result.made = true
	b.observer().Making(j.OnDemand)
	v, err := c.Publish(ctx, s, j.Product, current)
	if err != nil {
		result.Outcome, result.Err = progress.Failed, err
		return
	}
	result.Outcome, result.Version = progress.Built, v
}

// begin says that an image is made from here on, and why.
func (b *Builder) begin(j convert.Job, c *convert.Conversion, current image.Version) {
	why := "the spec says something else, or lxdocker or its busybox is another"
	switch {
	case current.Serial == "":
		why = "there is none yet"
	case current.SourceDigest != c.Manifest():
		why = "the source is another"
	}
	b.Log.Info("converting an image", "image", j.Title(), "ref", j.Ref.String(), "why", why, "source", c.Manifest(), "layers", len(c.Layers()))
}
