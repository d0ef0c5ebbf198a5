package web

import (
	"cmp"
	"context"
	"slices"

	"lxdocker/internal/image"
)

// setting is a part of the configuration that differs. Of a list, only the words do that are
// in one of them.
type setting struct {
	Name    string
	Was, Is []string
}

// settings says in what two versions differ that they run, or that nobody knows what one runs.
func (p *Pages) settings(ctx context.Context, from, to *image.Version) (all []setting, unknown bool) {
	a, b := p.runs(ctx, from), p.runs(ctx, to)
	if a == nil || b == nil {
		return nil, true
	}
	whole := func(name string, was, is string) {
		if was != is {
			all = append(all, setting{name, some(was), some(is)})
		}
	}
	words := func(name string, was, is []string) {
		was, is = without(was, is), without(is, was)
		if len(was)+len(is) > 0 {
			all = append(all, setting{name, was, is})
		}
	}
	whole("Entrypoint", command(a.Entrypoint), command(b.Entrypoint))
	whole("Command", command(a.Cmd), command(b.Cmd))
	whole("User", cmp.Or(a.User, "root"), cmp.Or(b.User, "root"))
	whole("Working directory", a.WorkDir, b.WorkDir)
	whole("Stop signal", a.StopSignal, b.StopSignal)
	words("Ports", a.Ports, b.Ports)
	words("Volumes", a.Volumes, b.Volumes)
	whole("Health check", command(a.Health), command(b.Health))
	words("Environment", a.Environment, b.Environment)
	for _, name := range image.LabelNames() {
		whole(cmp.Or(labels[name], "Label "+name), a.Labels[name], b.Labels[name])
	}
	return all, false
}

func (p *Pages) runs(ctx context.Context, v *image.Version) *image.Runs {
	if p.Describe == nil {
		return nil
	}
	described, err := p.Describe(ctx, v.ID())
	if err != nil {
		return nil
	}
	return described.Runs
}

// some is a list of a word, unless that is empty.
func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func without(all, others []string) (rest []string) {
	for _, s := range all {
		if !slices.Contains(others, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

// labels are what the annotations of the OCI are called on the page of an image. The others
// are left out there.
var labels = map[string]string{
	"version": "Version of the application", "revision": "Revision", "source": "Source code", "url": "Home page", "documentation": "Documentation",
	"licenses": "Licences", "vendor": "Vendor", "authors": "Authors", "base.name": "Base image",
}

// labelled are the labels of an image that the page shows.
func labelled(r *image.Runs) (all []property) {
	for _, name := range image.LabelNames() {
		if text := r.Labels[name]; text != "" && labels[name] != "" {
			all = append(all, property{labels[name], text})
		}
	}
	return all
}
