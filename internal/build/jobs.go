package build

import (
	"fmt"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
	"lxdocker/internal/spec/diag"
)

// Jobs lists what specs ask for: one job for each spec and architecture. host is
// the OCI architecture of a spec that names none. What is wrong beyond the form of
// the specs is in a diag.Diagnostics, of all specs at once: references nobody can
// resolve, architectures LXD does not have. No registry is asked.
func Jobs(specs []spec.Spec, host string) ([]convert.Job, error) {
	var jobs []convert.Job
	var wrong diag.Diagnostics
	for _, s := range specs {
		ref, err := oci.Parse(s.Image)
		if err != nil {
			wrong = append(wrong, s.Diagnostic("image", err.Error(), "write it like nginx, library/nginx:1.27, ghcr.io/owner/name:tag or oci:FOLDER"))
			continue
		}
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
			j.Edits = s.Edits
			jobs = append(jobs, j)
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	return jobs, nil
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
