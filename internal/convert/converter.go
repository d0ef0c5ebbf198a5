package convert

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"lxdocker/internal/background/processes"
	"lxdocker/internal/convert/assembly"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/layer/unpacking"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/oci/source"
	"lxdocker/internal/progress"
	"lxdocker/internal/signature"
	"lxdocker/internal/trust"
)

// Converter turns OCI images into LXD images. All fields but the bounds must be set.
type Converter struct {
	Sources  *source.Client
	Layers   *layer.Cache
	Busybox  *Busybox
	Format   lxdimage.Format
	NoDeltas bool   // versions have none
	Bounds   Bounds // at first: see Bound
	OnDemand Bounds // of images that clients asked for; the same
	// Apart makes processes that assemble large images; nil: they are assembled here.
	Apart assembly.Command
	// Unpacking unpacks layers for it in another process, but for those that are small and
	// that somebody waits for; nil: all are unpacked here.
	Unpacking *unpacking.Process
	Processes *processes.Set // that these are; nil: there are none
	Log       *slog.Logger
	// Trust says who has to have signed an image, whoever wants it; nil for nobody. The error
	// says that the image is refused in any case, or that nobody knows. nil: nobody asks.
	Trust func(oci.Reference) (*signature.Rule, error)
	Clock func() time.Time // says when a signature was verified; nil: time.Now

	limits  limits
	rules   *changeable
	checker *trust.Checker
}

// New completes a Converter: jobs is how many layers are worked on at once, and no
// more than MaxJobs.
func New(c Converter, jobs int) *Converter {
	c.limits, c.rules = newLimits(jobs), new(changeable)
	if c.Clock == nil {
		c.Clock = time.Now
	}
	c.checker = &trust.Checker{Now: c.Clock}
	c.Bound(c.Bounds, c.OnDemand)
	return &c
}

// Conversion is one job under way. It is not for several goroutines.
type Conversion struct {
	Job
	converter *Converter
	source    *oci.Image
	busybox   program
	bounds    Bounds
	task      progress.Task
	idmap     string        // see assembly.IdmapSize; known when the tree is
	reused    image.Version // has the root file system already; zero: none is known
	taken     int64         // bytes of it that the image has
	verified  verified
}

// Start asks what the reference of a job means now, and whether it is signed as it has to be.
// Close has to be called.
func (c *Converter) Start(ctx context.Context, j Job, task progress.Task) (*Conversion, error) {
	busybox, err := c.Busybox.find(j.Platform.Architecture)
	if err != nil {
		return nil, err
	}
	task.Step(progress.Resolving, 0)
	var source *oci.Image
	why := failure.Publicf(failure.Unavailable, "resolving %s: the registry takes longer than %v for some small documents", j.Ref, resolving)
	err = limited(ctx, resolving, why, func(ctx context.Context) (err error) {
		source, err = c.sources(j).Resolve(ctx, j.Ref, j.Platform)
		return err
	})
	if err != nil {
		return nil, err
	}
	conversion := &Conversion{Job: j, converter: c, source: source, busybox: busybox, bounds: c.boundsOf(j), task: task}
	err = conversion.fits()
	if err == nil {
		err = conversion.verify(ctx)
	}
	if err != nil {
		_ = source.Close()
		return nil, err
	}
	return conversion, nil
}

// Close releases the source.
func (c *Conversion) Close() { _ = c.source.Close() }

// Manifest is the digest of the source.
func (c *Conversion) Manifest() string { return c.source.Digest }

// Layers are the digests of the source's layers, the lowest first; of a source without
// layers its own, because no list means that nobody knows what a version needs.
func (c *Conversion) Layers() (all []string) {
	for _, l := range c.source.Layers {
		all = append(all, l.Digest)
	}
	if len(all) == 0 {
		return []string{c.source.Digest}
	}
	return all
}

// fits refuses an image before anything of it is fetched.
func (c *Conversion) fits() error {
	if size := c.size(); c.MaxSize > 0 && size > c.MaxSize {
		return failure.Publicf(failure.TooLarge, "image too large: the layers of %s have %d bytes, and no more than %d are allowed here", c.source.Reference, size, c.MaxSize)
	}
	if b := c.bounds; b.Layers > 0 && len(c.source.Layers) > b.Layers {
		text := fmt.Sprintf("image too large: %s has %d layers, more than %d", c.source.Reference, len(c.source.Layers), b.Layers)
		return failure.Tell(failure.Errorf(failure.TooLarge, "%s, the limit of %s", text, b.LayersBy), text)
	}
	if err := startable(process(c.source.Config, c.Edits)); err != nil {
		return fmt.Errorf("reading the config of %s: %w", c.source.Reference, err)
	}
	return nil
}

// RateLimited returns until when the registry of a job limits requests; zero if it does
// not.
func (c *Converter) RateLimited(j Job) time.Time { return c.sources(j).RateLimitedUntil(j.Ref) }

// sources is where an image comes from.
func (c *Converter) sources(j Job) *source.Client {
	if j.OnDemand {
		return c.Sources.ForStrangers()
	}
	return c.Sources
}
