package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/imageapi"
	"lxdocker/internal/progress"
	"lxdocker/internal/server/web"
	"lxdocker/internal/terminal"
)

// activityOf is what a board shows, as the page does: the packages know nothing of each other.
func activityOf(board *progress.Board) (a web.Activity) {
	for _, t := range board.Tasks() {
		a.Running = append(a.Running, web.Running{Name: t.Name, Step: t.Step, Done: t.Done, Total: t.Total, Began: t.Began})
	}
	for _, f := range board.Failures() {
		a.Failed = append(a.Failed, web.Failure{Name: f.Name, Text: imageapi.Told(f.Err), Next: nextStep(f), At: f.At})
	}
	// What strangers have asked for does not hide specs.
	slices.SortStableFunc(a.Failed, func(x, y web.Failure) int { return cmp.Compare(onDemand(x.Name), onDemand(y.Name)) })
	return a
}

// nextStep is what people do about a failure who see the page: of an image of a spec, who keeps
// that. Why a host cannot be reached is not said to strangers.
func nextStep(f progress.Failure) string {
	kind, cause := failure.KindOf(f.Err), failure.CauseOf(f.Err)
	if onDemand(f.Name) == 1 {
		return failure.Next(kind, cause, failure.Asker, "")
	}
	name, _, _ := strings.Cut(f.Name, "/")
	return failure.Next(kind, cause.Public(), failure.SpecKeeper, name)
}

// onDemand says whether a title is that of an image on demand, which begins with a registry
// (image.Version.Title): 1, or 0.
func onDemand(title string) int { return min(1, strings.Count(title, "/")-1) }

// asking knows who has asked for which image on demand, and may have it: hub.Hub or hub.View.
type asking interface {
	AskedBy(client, reference, arch string) bool
}

// own is what a client may know of what goes on: the images of specs, which are for everybody,
// and those on demand that it has asked for itself. Others are counted.
func own(a web.Activity, of asking, client string) web.Activity {
	hidden := func(title string) bool {
		if onDemand(title) == 0 {
			return false
		}
		at := strings.LastIndexByte(title, '/')
		return !of.AskedBy(client, title[:at], title[at+1:])
	}
	before := len(a.Running)
	a.Running = slices.DeleteFunc(a.Running, func(r web.Running) bool { return hidden(r.Name) })
	a.Others = before - len(a.Running)
	a.Failed = slices.DeleteFunc(a.Failed, func(f web.Failure) bool { return hidden(f.Name) })
	return a
}

// askers are the clients that have asked for an image on demand.
func (w *work) askers(reference, arch string) []string {
	if w.hub == nil {
		return nil
	}
	return w.hub.Askers(reference, arch)
}

// describe writes all that goes on as plain text, for those who watch the server. clients are those
// who asked for an image.
func describe(to io.Writer, a web.Activity, clients func(reference, arch string) []string) {
	asked := func(title string) string {
		if onDemand(title) == 0 {
			return "a spec"
		}
		at := strings.LastIndexByte(title, '/')
		return cmp.Or(strings.Join(clients(title[:at], title[at+1:]), " "), "-")
	}
	w := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "STATE\tIMAGE\tSINCE\tFOR\tSTEP OR ERROR")
	for _, r := range a.Running {
		step := cmp.Or(r.Step, "waiting")
		if r.Total > 0 {
			step += fmt.Sprintf(", %d %%", r.Percent())
		}
		fmt.Fprintf(w, "running\t%s\t%s\t%s\t%s\n", terminal.Clean(r.Name, 300), r.Began.UTC().Format(time.RFC3339), asked(r.Name), step)
	}
	for _, f := range a.Failed {
		fmt.Fprintf(w, "failed\t%s\t%s\t%s\t%s\n", terminal.Clean(f.Name, 300), f.At.UTC().Format(time.RFC3339), asked(f.Name), terminal.Clean(f.Text, 500))
	}
	_ = w.Flush()
}
