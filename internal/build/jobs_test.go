package build

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/spec"
	"lxdocker/internal/spec/diag"
)

func specs(t *testing.T, files map[string]string) []spec.Spec {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := spec.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestThereIsOneJobPerSpecAndArchitecture(t *testing.T) {
	jobs, err := Jobs(specs(t, map[string]string{
		"a.yaml": "image: nginx\n",
		"b.yaml": "image: nginx\narchitecture: [amd64, armhf]\n",
	}), "arm64")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, j := range jobs {
		names = append(names, j.Product.String())
	}
	if got := strings.Join(names, " "); got != "a/arm64 b/amd64 b/armhf" {
		t.Errorf("jobs are %s", got)
	}
	if p := jobs[2].Platform; p.Architecture != "arm" || p.Variant != "v7" {
		t.Errorf("armhf is looked for as %s", p)
	}
}

func TestJobsReportsEveryBadReferenceWithItsPlace(t *testing.T) {
	_, err := Jobs(specs(t, map[string]string{
		"a.yaml": "image: NGINX\n",
		"b.yaml": "description: b\nimage: nginx:.latest\n",
	}), "amd64")
	var wrong diag.Diagnostics
	if !errors.As(err, &wrong) || len(wrong) != 2 {
		t.Fatalf("got %v", err)
	}
	for i, place := range []string{"a.yaml:1:8", "b.yaml:2:8"} {
		if !strings.Contains(wrong[i].Error(), place) {
			t.Errorf("no %s in %s", place, wrong[i])
		}
	}
}
