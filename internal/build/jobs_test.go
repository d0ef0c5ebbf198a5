package build

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/spec"
)

func specs(t *testing.T, files map[string]string) spec.Set {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all, err := spec.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestThereIsOneJobPerSpecAndArchitecture(t *testing.T) {
	plan := NewPlan(specs(t, map[string]string{
		"a.yaml": "image: nginx\n",
		"b.yaml": "image: nginx\narchitecture: [amd64, armhf]\n",
	}), "arm64")
	if err := plan.Wrong.Err(); err != nil {
		t.Fatal(err)
	}
	jobs := plan.Jobs
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

func TestAPlanHasWhatIsRightAndKeepsWhatIsWrong(t *testing.T) {
	plan := NewPlan(specs(t, map[string]string{
		"form.yaml":      "imagee: nginx\n",
		"platform.yaml":  "image: nginx\narchitecture: [amd64, mips]\n",
		"reference.yaml": "description: b\nimage: nginx:.latest\n",
		"right.yaml":     "image: nginx\n",
	}), "amd64")
	slices.Sort(plan.Kept)
	if got := strings.Join(plan.Kept, " "); got != "form platform reference" {
		t.Errorf("kept are the images of %s", got)
	}
	if len(plan.Jobs) != 1 || plan.Jobs[0].Product.Name != "right" {
		t.Errorf("jobs are %v", plan.Jobs)
	}
	text := plan.Wrong.Error()
	for _, place := range []string{"form.yaml:1:1", "platform.yaml:2:", "reference.yaml:2:8"} {
		if !strings.Contains(text, place) {
			t.Errorf("no %s in %s", place, text)
		}
	}
}
