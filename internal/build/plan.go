package build

import (
	"fmt"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// job is one image to make: a spec for one architecture.
type job struct {
	spec     spec.Spec
	ref      oci.Reference
	platform oci.Platform
	arch     string // in LXD's words
}

func (j job) product() image.Product { return image.Product{Name: j.spec.Name, Architecture: j.arch} }

func (j job) name() string { return j.product().String() }

// Check finds what is wrong in specs beyond their form: references nobody can
// resolve, architectures LXD does not have. It asks no registry.
func Check(specs []spec.Spec, host string) error {
	_, err := plan(specs, host)
	return err
}

// plan lists the jobs of specs. host is the OCI architecture of a spec that
// names none. Every mistake of every spec is in the one error.
func plan(specs []spec.Spec, host string) ([]job, error) {
	var jobs []job
	var mistakes spec.Mistakes
	for _, s := range specs {
		ref, err := oci.Parse(s.Image)
		if err != nil {
			mistakes = append(mistakes, s.Mistake("image", err.Error(), "write it like nginx, library/nginx:1.27, ghcr.io/owner/name:tag or oci:FOLDER"))
			continue
		}
		architectures := s.Architecture
		if len(architectures) == 0 {
			architectures = []string{host}
		}
		for _, a := range architectures {
			p := platform(a)
			lxdName, err := arch.LXD(p.Architecture, p.Variant)
			if err != nil {
				mistakes = append(mistakes, s.Mistake("architecture", err.Error(), ""))
				continue
			}
			jobs = append(jobs, job{s, ref, p, lxdName})
		}
	}
	if len(mistakes) > 0 {
		return nil, mistakes
	}
	return jobs, nil
}

// platform reads "arm/v7".
func platform(s string) oci.Platform {
	arch, variant, _ := strings.Cut(s, "/")
	return oci.Platform{Architecture: arch, Variant: variant}
}

// HostArchitecture gives the OCI word for the machine, from Go's (GOARCH).
func HostArchitecture(goarch string) (string, error) {
	if _, err := arch.LXD(goarch, ""); err != nil {
		return "", fmt.Errorf("choosing an architecture: %w: name one with `architecture:` in the spec", err)
	}
	return arch.Host(goarch), nil
}

// ociPlatform gives the OCI words for an architecture in LXD's.
func ociPlatform(name string) (oci.Platform, error) {
	a, ok := arch.ByName(name)
	if !ok {
		return oci.Platform{}, fmt.Errorf("there are no OCI images for the architecture %.100q", name)
	}
	return oci.Platform{Architecture: a.OCI, Variant: a.Variant}, nil
}
