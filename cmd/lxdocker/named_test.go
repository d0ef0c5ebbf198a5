package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/build"
	"lxdocker/internal/hub"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// TestAnImageIsWrittenTheSameWayEverywhere: whatever people copy from web pages or other
// programs means the same in every place where they name an image, or that place says
// what to write.
func TestAnImageIsWrittenTheSameWayEverywhere(t *testing.T) {
	places := map[string]func(string) (string, error){
		"convert, and a client of the hub": func(s string) (string, error) {
			ref, err := oci.Parse(s)
			return ref.String(), err
		},
		"image: of a spec": func(s string) (string, error) {
			file := filepath.Join(t.TempDir(), "a.yaml")
			if err := os.WriteFile(file, fmt.Appendf(nil, "image: %q\n", s), 0o644); err != nil {
				return "", err
			}
			a, err := spec.Load(file)
			if err != nil {
				return "", err
			}
			plan := build.NewPlan(spec.Set{Specs: []spec.Spec{a}}, "amd64")
			if err := plan.Wrong.Err(); err != nil {
				return "", err
			}
			return plan.Jobs[0].Ref.String(), nil
		},
		"refresh, pin, unpin, rollback, verify": func(s string) (string, error) {
			name, err := named(s)
			if err != nil {
				return "", err
			}
			ref, err := oci.Parse(name)
			return ref.String(), err
		},
		"a pattern": func(s string) (string, error) {
			policy, err := hub.NewPolicy([]string{s}, nil)
			if err != nil {
				return "", err
			}
			ref, err := oci.Parse(policy.Patterns()[0])
			if err == nil && !policy.Allows(ref) {
				err = fmt.Errorf("%s allows only %s", s, policy.Patterns())
			}
			return ref.String(), err
		},
	}
	for written, want := range map[string]string{ // the reference, or what is said
		"nginx":                                   "docker.io/library/nginx:latest",
		"nginx:1.27":                              "docker.io/library/nginx:1.27",
		"index.docker.io/library/nginx":           "docker.io/library/nginx:latest",
		"GHCR.io/owner/name":                      "ghcr.io/owner/name:latest",
		"https://hub.docker.com/_/nginx":          "docker.io/library/nginx:latest",
		"hub.docker.com/_/nginx":                  "docker.io/library/nginx:latest",
		"https://hub.docker.com/_/nginx/tags":     "docker.io/library/nginx:latest",
		"https://hub.docker.com/r/owner/name":     "docker.io/owner/name:latest",
		"http://hub.docker.com/r/owner/name:1":    "docker.io/owner/name:1",
		"https://quay.io/repository/owner/name":   "quay.io/owner/name:latest",
		"https://gallery.ecr.aws/owner/name":      "public.ecr.aws/owner/name:latest",
		"docker://nginx":                          `write "nginx"`,
		"docker://ghcr.io/owner/name:1":           `write "ghcr.io/owner/name:1"`,
		"https://ghcr.io/owner/name":              `write "ghcr.io/owner/name"`,
		"https://hub.docker.com/search?q=nginx":   "write nginx, or owner/name",
		"https://github.com/o/r/pkgs/container/n": "ghcr.io/o/n:latest",
	} {
		for place, read := range places {
			got, err := read(written)
			switch said := strings.ReplaceAll(fmt.Sprint(err), "did you mean", "write"); {
			case err == nil && got != want:
				t.Errorf("%s: %s is %s, want %s", place, written, got, want)
			case err != nil && !strings.Contains(said, want):
				t.Errorf("%s: %s: %v; want %s", place, written, err, want)
			}
		}
	}
}
