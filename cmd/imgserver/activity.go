package main

import (
	"cmp"
	"slices"
	"strings"

	"lxdocker/internal/imageapi"
	"lxdocker/internal/progress"
	"lxdocker/internal/server/web"
)

// activityOf is what a board shows, as the page does: the packages know nothing of each other.
func activityOf(board *progress.Board) (a web.Activity) {
	for _, t := range board.Tasks() {
		a.Running = append(a.Running, web.Running{Name: t.Name, Step: t.Step, Done: t.Done, Total: t.Total, Began: t.Began})
	}
	for _, f := range board.Failures() {
		a.Failed = append(a.Failed, web.Failure{Name: f.Name, Text: imageapi.Told(f.Err), At: f.At})
	}
	// What strangers have asked for does not hide specs.
	slices.SortStableFunc(a.Failed, func(x, y web.Failure) int { return cmp.Compare(onDemand(x.Name), onDemand(y.Name)) })
	return a
}

// onDemand says whether a title is that of an image on demand, which begins with a registry
// (image.Version.Title): 1, or 0.
func onDemand(title string) int { return min(1, strings.Count(title, "/")-1) }
