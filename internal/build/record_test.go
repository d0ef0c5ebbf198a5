package build_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/runs"
	"lxdocker/internal/spec"
	"lxdocker/internal/spec/diag"
)

// noting is a builder that notes what becomes of its work.
func (s *site) noting() *build.Builder {
	b := s.builder()
	b.Runs = runs.New(s.store.(runs.Keeper), "lxdocker", s.clock, slog.New(slog.DiscardHandler))
	return b
}

func (s *site) record() *runs.Record {
	s.t.Helper()
	r, err := runs.Read(s.store.(runs.Keeper), s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// failing says which images fail, and how often they did.
func (s *site) failing() string {
	text := ""
	for _, f := range s.record().Failures {
		text += fmt.Sprintf("%s %d %s known=%v; ", f.Title, f.Times, f.Kind, f.Known)
	}
	return text
}

func TestARunIsNotedWithWhatFailed(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newSite(t, morning)
	jobs := s.jobs([]spec.Spec{{Name: "web", Image: address + "/app"}, {Name: "db", Image: address + "/nothing"}})
	request := build.Request{Jobs: jobs, Whole: true, Wrong: diag.Diagnostics{{File: "specs/x.yaml", Text: "no"}, {File: "specs/x.yaml", Text: "not this"}}}
	if _, err := s.noting().Run(t.Context(), s.store, request); err != nil {
		t.Fatal(err)
	}
	r := s.record()
	if want := (runs.Counts{Built: 1, Failed: 1, Wrong: 1}); r.Run.Counts != want || r.Run.Ended == nil || r.Cache.Bytes == 0 {
		t.Errorf("noted are %+v, %+v", r.Run, r.Cache)
	}
	if got := s.failing(); got != "db/amd64 1 not found known=false; specs/x.yaml 1 wrong spec known=false; " {
		t.Errorf("failing are %s", got)
	}

	// One image, by its name, fails and is made again.
	s.now = s.now.Add(time.Hour)
	if _, err := s.noting().Run(t.Context(), s.store, build.Request{Jobs: jobs[1:]}); err != nil {
		t.Fatal(err)
	}
	if got := s.failing(); got != "db/amd64 2 not found known=false; specs/x.yaml 1 wrong spec known=false; " || !s.record().Run.Began.Equal(r.Run.Began) {
		t.Errorf("then failing are %s", got)
	}
	jobs[1].Ref = jobs[0].Ref
	if _, err := s.noting().Run(t.Context(), s.store, build.Request{Jobs: jobs[1:]}); err != nil {
		t.Fatal(err)
	}
	if got := s.failing(); got != "specs/x.yaml 1 wrong spec known=false; " {
		t.Errorf("then failing are %s", got)
	}
	request.Wrong = nil
	if _, err := s.noting().Run(t.Context(), s.store, request); err != nil || s.failing() != "" {
		t.Errorf("at last failing are %s; %v", s.failing(), err)
	}
}

func TestAnInterruptedRunSaysNothingOfImages(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newSite(t, morning)
	request := build.Request{Jobs: s.jobs([]spec.Spec{{Name: "db", Image: address + "/nothing"}}), Whole: true}
	if _, err := s.noting().Run(t.Context(), s.store, request); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _ = s.noting().Run(ctx, s.store, request)
	if r := s.record(); !r.Run.Interrupted || s.failing() != "db/amd64 1 not found known=false; " {
		t.Errorf("noted are %+v, %s", r.Run, s.failing())
	}
}

func TestARunThatCannotEndSaysWhy(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newSite(t, morning)
	specs := []spec.Spec{{Name: "web", Image: address + "/app"}, {Name: "db", Image: address + "/nothing"}}
	if _, err := s.noting().Run(t.Context(), s.store, build.Request{Jobs: s.jobs(specs), Whole: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.noting().Run(t.Context(), s.store, build.Request{Whole: true}); err == nil {
		t.Fatal("all images were removed")
	}
	if r := s.record(); r.Run.Error == "" || s.failing() != "db/amd64 1 not found known=false; " {
		t.Errorf("noted are %+v, %s", r.Run, s.failing())
	}
}

func TestImagesOnDemandAreNotedUntilTheyWork(t *testing.T) {
	address, push := serve(t)
	push("one")
	s := newHubSite(t)
	s.update(address + "/app")
	b := s.noting()
	ask := func(name string) {
		t.Helper()
		_, _ = b.Update(t.Context(), s.store, demand(t, address+name), false)
		b.Runs.Flush(t.Context())
	}
	ask("/nothing")
	if got, want := s.failing(), address+"/nothing:latest/amd64 1 not found known=false; "; got != want {
		t.Errorf("failing are %s, not %s", got, want)
	}
	ask("/app")
	now, err := s.store.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	demands := build.Demands(now.List())
	demands[0].Ref = demand(t, address+"/nothing").Ref
	if _, err := b.Refresh(t.Context(), s.store, demands); err != nil {
		t.Fatal(err)
	}
	if got, want := s.failing(), address+"/nothing:latest/amd64 2 not found known=true; "; got != want {
		t.Errorf("failing are %s, not %s", got, want)
	}
	b.Runs.Succeeded(runs.Failure{Title: address + "/nothing:latest/amd64", Hub: true})
	b.Runs.Flush(t.Context())
	if got := s.failing(); got != "" {
		t.Errorf("failing are %s", got)
	}
}
