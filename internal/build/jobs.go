package build

import (
	"fmt"
	"slices"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
	"lxdocker/internal/spec/diag"
)

// Plan is what a set of specs asks for. No registry was asked.
type Plan struct {
	// Jobs are one for each architecture of each spec that is right.
	Jobs []convert.Job
	// Kept are the names of specs that are wrong: what is published under them stays,
	// as nobody knows what they ask for.
	Kept []string
	// Wrong is what is wrong with them: in their form, and beyond it, such as references
	// nobody can resolve and architectures LXD does not have.
	Wrong diag.Diagnostics
}

// NewPlan makes a plan. host is the OCI architecture of a spec that names none.
func NewPlan(specs spec.Set, host string) Plan {
	p := Plan{Kept: specs.WrongNames(), Wrong: slices.Clone(specs.Wrong)}
	for _, s := range specs.Specs {
		jobs, wrong := jobsOf(s, host)
		if len(wrong) > 0 {
			p.Kept, p.Wrong = append(p.Kept, s.Name), append(p.Wrong, wrong...)
			continue
		}
		p.Jobs = append(p.Jobs, jobs...)
	}
	return p
}

// jobsOf lists what one spec asks for, or what is wrong with it.
func jobsOf(s spec.Spec, host string) (jobs []convert.Job, wrong diag.Diagnostics) {
	ref, err := oci.Parse(s.Image)
	if err != nil {
		return nil, diag.Diagnostics{s.Diagnostic("image", err.Error(), "write it like nginx, library/nginx:1.27, ghcr.io/owner/name:tag or oci:FOLDER")}
	}
	rule, wrong := Rule(s.Verify, func(key, text, hint string) diag.Diagnostic { return s.Diagnostic("verify."+key, text, hint) })
	architectures := s.Architecture
	if len(architectures) == 0 {
		architectures = []string{host}
	}
	for _, a := range architectures {
		j, err := Job(s.Name, ref, a)
		if err != nil {
			wrong = append(wrong, s.Diagnostic("architecture", err.Error(), ""))
			continue
		}
		j.Edits, j.Verify = s.Edits, rule
		jobs = append(jobs, j)
	}
	return jobs, wrong
}

// Job is the job that publishes a source, as it is, under a name. platform is an
// OCI architecture, like arm64 or arm/v7.
func Job(name string, ref oci.Reference, platform string) (convert.Job, error) {
	a, variant, _ := strings.Cut(platform, "/")
	lxd, err := arch.LXD(a, variant)
	if err != nil {
		return convert.Job{}, err
	}
	return convert.Job{
		Product:  image.Product{Name: name, Architecture: lxd},
		Ref:      ref,
		Platform: oci.Platform{Architecture: a, Variant: variant},
	}, nil
}

// HostArchitecture gives the OCI architecture of the machine, from Go's (GOARCH).
func HostArchitecture(goarch string) (string, error) {
	if _, err := arch.LXD(goarch, ""); err != nil {
		return "", fmt.Errorf("choosing an architecture: %w: name one with `architecture:` in the spec", err)
	}
	return arch.Host(goarch), nil
}
