package build

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
)

// Result is how one image ended.
type Result struct {
	Name, Architecture string
	Outcome            progress.Outcome
	Version            image.Version // what is published now; zero when there is nothing
	Note               string        // why it was left alone, if not because nothing is new
	Err                error         // of a failed one
	Elapsed            time.Duration
}

// Request is what one run shall do.
type Request struct {
	Specs []spec.Spec
	Host  string // OCI architecture of specs that name none
	// Whole says that Specs are all there are: images of other specs, and cached
	// data nothing needs any more, go away.
	Whole bool
	// Hub says that nobody wrote the specs: they stand for what clients asked for.
	// Images of the hub and those of specs never replace each other.
	Hub bool
	// Background says that nobody waits for the run: registries that want to be
	// left alone are, and their images stay as they are.
	Background bool
}

// Grace is how long the files of a version stay after it left the index: a
// daemon may hold an index of an hour ago, and a download may be slow.
const Grace = 24 * time.Hour

// atOnce is how many specs are asked for at once: most of them wait for a
// registry, and the heavy parts have limits of their own.
const atOnce = 8

// Run brings the store in line with the specs. The caller holds the store's
// lock. An error means that the run as a whole could not go on; images that
// failed are in the results.
func (b *Builder) Run(ctx context.Context, s *store.Store, r Request) ([]Result, error) {
	jobs, err := plan(r.Specs, r.Host)
	if err != nil {
		return nil, err
	}
	published, err := s.Versions()
	if err != nil {
		return nil, err
	}
	if r.Whole && len(jobs) == 0 && len(published) > 0 {
		return nil, errors.New("there is not one spec, but there are published images: not removing them all; is the --specs folder the right one?")
	}
	run := &run{Builder: b, Request: r, store: s, published: published}
	results := make([]Result, len(jobs))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, j := range jobs {
		group.Go(func() error {
			results[i] = run.one(ctx, j)
			return nil
		})
	}
	_ = group.Wait() // no job returns an error: each result carries its own
	if err := context.Cause(ctx); err != nil {
		return results, err
	}
	removed, err := run.finish(jobs, results)
	return append(results, removed...), err
}

// run is the state of one Run.
type run struct {
	*Builder
	Request
	store     *store.Store
	published []image.Version // as the run found them
	used      used
}

// one does one job and says how it ended.
func (r *run) one(ctx context.Context, j job) Result {
	began := r.Now()
	task := r.Display.Task(r.title(j))
	result := r.build(ctx, j, task)
	result.Name, result.Architecture, result.Elapsed = j.spec.Name, j.arch, r.Now().Sub(began)
	switch result.Outcome {
	case progress.Failed:
		task.End(result.Outcome, result.Err.Error())
	default:
		task.End(result.Outcome, result.Version.Serial+" "+result.Version.Fingerprint[:12])
	}
	return result
}

// title is what people are shown: an image of the hub has no name of its own.
func (r *run) title(j job) string {
	if r.Hub {
		return j.ref.String() + "/" + j.arch
	}
	return j.name()
}

// The notes of results.
const (
	Pinned   = "pinned"
	HeldBack = "held back"
)

func (r *run) build(ctx context.Context, j job, task progress.Task) Result {
	current, have := r.current(j)
	fail := func(err error) Result { return Result{Outcome: progress.Failed, Version: current, Err: err} }
	unchanged := func(why string) Result { return Result{Outcome: progress.Unchanged, Version: current, Note: why} }

	if have && current.Pinned != nil {
		r.Log.Info("leaving an image alone: it is "+Pinned, "image", j.name(), "version", current.Serial, "since", *current.Pinned)
		return unchanged(Pinned)
	}
	if have && r.Background && r.Sources.Rest(j.ref).After(r.Now()) {
		return unchanged("")
	}
	busybox, err := r.Busybox.Read(j.platform.Architecture)
	if err != nil {
		return fail(err)
	}
	task.Step(progress.Resolving, 0)
	source, err := r.Sources.Resolve(ctx, j.ref, j.platform)
	if err != nil {
		return fail(err)
	}
	defer source.Close()
	r.used.add(source)
	if err := r.fits(source); err != nil {
		return fail(err)
	}
	k := key(source, j.spec, j.arch, r.Format, r.Layers.Codec().Level(), busybox)
	if have && current.Key == k {
		return unchanged("")
	}
	if have && slices.Contains(current.Undone, k) {
		r.Log.Info("not building an image: it is "+HeldBack+" by a rollback", "image", j.name(), "version", current.Serial, "source", source.Digest)
		return unchanged(HeldBack)
	}
	var version image.Version
	err = r.healing(len(source.Layers), func() (err error) {
		version, err = r.publish(ctx, j, source, busybox, k, task)
		return err
	})
	if err != nil {
		return fail(fmt.Errorf("converting %s: %w", source.Reference, err))
	}
	return Result{Outcome: progress.Built, Version: version}
}

// current is the version clients get for a job's image now.
func (r *run) current(j job) (image.Version, bool) {
	var newest image.Version
	for _, v := range r.published {
		if v.Retired == nil && v.Hub == r.Hub && v.Name == j.spec.Name && v.Architecture == j.arch && v.Serial > newest.Serial {
			newest = v
		}
	}
	return newest, newest.Serial != ""
}

func (r *run) publish(ctx context.Context, j job, source *oci.Image, busybox []byte, k string, task progress.Task) (image.Version, error) {
	draft, err := r.store.Draft()
	if err != nil {
		return image.Version{}, err
	}
	defer draft.Discard()
	if err := r.convert(ctx, j, source, busybox, output{draft, task}, task); err != nil {
		return image.Version{}, err
	}
	if base, have := r.current(j); have {
		err := during(ctx, r.limits.assemble, 1, func() error { return r.delta(ctx, draft, base, task) })
		if err != nil {
			return image.Version{}, err
		}
	}
	version, err := draft.Publish(image.Version{
		Name:         j.spec.Name,
		Architecture: j.arch,
		Hub:          r.Hub,
		Key:          k,
		Source:       source.Reference.String(),
		SourceDigest: source.Digest,
		Layers:       digests(source.Layers),
		Release:      source.Reference.Tag(),
		Description:  description(j),
		Aliases:      j.spec.Aliases,
		Properties:   j.spec.Properties,
		Requirements: j.spec.Requirements,
	})
	if err != nil {
		return image.Version{}, err
	}
	return version, r.writeStreams()
}

func digests(layers []oci.Layer) (all []string) {
	for _, l := range layers {
		all = append(all, l.Digest)
	}
	return all
}
