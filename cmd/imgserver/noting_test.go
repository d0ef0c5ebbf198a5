package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/runs"
	"lxdocker/internal/store/dir"
)

// noted is what an imgserver has left behind.
func noted(t *testing.T, folder string) *runs.Record {
	t.Helper()
	s, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	r, err := runs.Read(s, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatFailsOnDemandIsNoted(t *testing.T) {
	h := startHubs(t, 1)
	s := h.each[0]
	h.registry.push("latest", ocitest.Recipe{}.Bake(t))
	h.ask(t.Context(), s, "app")
	h.ask(t.Context(), s, "app:missing")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	r := noted(t, h.images)
	if len(r.Failures) != 1 || !r.Failures[0].Hub || r.Failures[0].Known || r.Failures[0].Kind != "not found" {
		t.Errorf("failures are %+v", r.Failures)
	}
	if len(r.Servers) != 1 || r.Servers[0].Ended == nil || r.Servers[0].Specs || r.Servers[0].Limit == 0 || r.Servers[0].Cert != h.images+"-tls/imgserver.crt" {
		t.Errorf("servers are %+v", r.Servers)
	}
	if r.Run != nil || r.Cache == nil || r.Cache.Limit == 0 { // it was measured at the start, or a little later
		t.Errorf("it is %+v %+v", r.Run, r.Cache)
	}
}

func TestRunsOnSpecsAreNotedWithTheNextLook(t *testing.T) {
	specs, images := t.TempDir(), filepath.Join(t.TempDir(), "images")
	if err := os.WriteFile(filepath.Join(specs, "web.yaml"), []byte("image: 127.0.0.1:1/web\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := &hubs{t: t, images: images}
	h.each = append(h.each, started(t, images, "--specs", specs, "--cache", t.TempDir(), "--every", "24h"))
	h.within("the first look", func() bool {
		s, err := dir.Open(images)
		if err != nil {
			t.Fatal(err)
		}
		r, err := runs.Read(s, time.Now())
		return err == nil && r.Run != nil && r.Run.Ended != nil && len(r.Servers) == 1 && r.Servers[0].Next != nil
	})
	r := noted(t, images)
	if f := r.Failures; len(f) != 1 || f[0].Title != "web/amd64" || f[0].Kind != "unavailable" || r.Run.By != "imgserver" || r.Run.Failed != 1 {
		t.Errorf("failures are %+v, the run %+v", f, r.Run)
	}
	if next := time.Until(*r.Servers[0].Next); next < 20*time.Hour || next > 28*time.Hour {
		t.Errorf("it looks again in %v", next)
	}
}
