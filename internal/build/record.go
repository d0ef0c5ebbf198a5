package build

import (
	"context"

	"lxdocker/internal/convert"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/runs"
	"lxdocker/internal/spec/diag"
)

// Noting is for those who ask later what became of the images (package runs). Outcomes of
// images on demand are noted by update, as each of them is a conversion of its own.

// note notes how a run ended.
func (b *Builder) note(ctx context.Context, r Request, results []Result, err error) {
	if b.Runs == nil {
		return
	}
	run := runs.Run{Interrupted: ctx.Err() != nil}
	if err != nil && !run.Interrupted {
		run.Error = err.Error()
	}
	var failures []runs.Failure
	resting, fine := map[string]bool{}, map[string]bool{}
	for _, one := range results {
		f := about(one.Product, one.Product.String(), one.Version.Serial != "")
		switch one.Outcome {
		case progress.Built:
			run.Built++
		case progress.Unchanged:
			run.Unchanged++
		case progress.Removed:
			run.Removed++
		}
		switch {
		case one.Outcome == progress.Failed && run.Interrupted, one.Note == RateLimited:
			resting[f.Title] = true
		case one.Outcome == progress.Failed && !r.Whole:
			b.Runs.Failed(f, one.Err)
		case one.Outcome == progress.Failed:
			run.Failed++
			f.Kind, f.Cause, f.Error = failure.KindOf(one.Err).String(), string(failure.CauseOf(one.Err)), one.Err.Error()
			failures = append(failures, f)
		case !r.Whole:
			b.Runs.Succeeded(f)
		default:
			fine[f.Title] = true
		}
	}
	if !r.Whole {
		b.Runs.Flush(ctx)
		return
	}
	wrong := wrongSpecs(r.Wrong)
	run.Wrong = len(wrong)
	b.Runs.Measured(b.Layers.Dir(), b.Layers.Usage(), b.Rules().Retention.Size)
	whole := err == nil && !run.Interrupted
	b.Runs.End(ctx, run, append(failures, wrong...), func(title string) bool { return resting[title] || !whole && !fine[title] })
}

// NoteFailed notes that a run on all specs could not begin, and which of them are wrong.
func NoteFailed(ctx context.Context, l *runs.Log, err error, wrong diag.Diagnostics) {
	failures := wrongSpecs(wrong)
	l.End(ctx, runs.Run{Error: err.Error(), Counts: runs.Counts{Wrong: len(failures)}}, failures, func(string) bool { return true })
}

// noteOne notes what became of an image on demand.
func (b *Builder) noteOne(ctx context.Context, j convert.Job, known bool, err error) {
	f := about(j.Product, j.Title(), known)
	f.Hub = true
	switch {
	case err == nil:
		b.Runs.Succeeded(f)
	case ctx.Err() == nil: // else somebody has needed its place, or the program ends
		b.Runs.Failed(f, err)
	}
}

func about(p image.Product, title string, known bool) runs.Failure {
	return runs.Failure{Product: p, Title: title, Known: known}
}

// wrongSpecs are failures, one for each spec.
func wrongSpecs(wrong diag.Diagnostics) (all []runs.Failure) {
	for _, d := range wrong {
		if n := len(all); n == 0 || all[n-1].Title != d.File {
			all = append(all, runs.Failure{Title: d.File, Kind: runs.WrongSpec, Error: d.Error()})
		}
	}
	return all
}
