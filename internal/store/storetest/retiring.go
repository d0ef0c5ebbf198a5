package storetest

import (
	"slices"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

func retired(t *testing.T, s store.Store, clock *Clock) {
	v := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	if v.Retired != nil {
		t.Fatalf("a new version is retired at %v", v.Retired)
	}
	if err := s.Retire(t.Context(), clock.Now, v); err != nil {
		t.Fatal(err)
	}
	got := Versions(t, s)
	if len(got) != 1 || got[0].Retired == nil || !got[0].Retired.Equal(clock.Now) {
		t.Errorf("listed: %+v", got)
	}
	if string(Content(t, s, v.Path(v.Files[0]))) != "x" {
		t.Error("a retired version cannot be read")
	}
}

func retiredTwice(t *testing.T, s store.Store, clock *Clock) {
	v := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	for _, at := range []time.Time{clock.Now, clock.Now.Add(time.Hour)} {
		if err := s.Retire(t.Context(), at, v); err != nil {
			t.Fatal(err)
		}
	}
	if got := Versions(t, s); len(got) != 1 || !got[0].Retired.Equal(clock.Now) {
		t.Errorf("listed: %+v", got)
	}
}

func pruned(t *testing.T, s store.Store, clock *Clock) {
	const grace = 24 * time.Hour
	now := clock.Now
	publish := func(content string) image.Version {
		return Unified(t, s, nginx(), "lxd_combined.tar", []byte(content))
	}
	current, old, older, listed := publish("current"), publish("old"), publish("older"), publish("listed")
	for v, at := range map[*image.Version]time.Time{&old: now.Add(time.Second - grace), &older: now.Add(-grace), &listed: now.Add(-2 * grace)} {
		if err := s.Retire(t.Context(), at, *v); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.UpdateStreams(t.Context(), Streams("{}", `{"path": "`+listed.Path(listed.Files[0])+`"}`)); err != nil {
		t.Fatal(err)
	}
	draft, err := s.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	Write(t, draft, image.Unified, "lxd_combined.tar", []byte("a draft of this process"))

	removed, err := s.Prune(t.Context(), now, grace)
	if err != nil {
		t.Fatal(err)
	}
	if got := serials(removed); !slices.Equal(got, serials([]image.Version{older})) {
		t.Errorf("removed %v, want %s", got, older.Serial)
	}
	if got, want := serials(Versions(t, s)), serials([]image.Version{current, old, listed}); !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
	if _, err := draft.Publish(t.Context(), nginx()); err != nil {
		t.Errorf("a draft did not live through Prune: %v", err)
	}
}

func serials(versions []image.Version) []string {
	var all []string
	for _, v := range versions {
		all = append(all, v.Serial)
	}
	return all
}

// A clock is ten years ahead while a version is retired. The time counts from when that
// is seen, and an hour in which the clock is wrong the other way takes nothing.
func retiredAhead(t *testing.T, s store.Store, clock *Clock) {
	const grace = 24 * time.Hour
	v := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	if err := s.Retire(t.Context(), clock.Now.AddDate(10, 0, 0), v); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 0}, {-time.Hour, 0}, {time.Hour, 0}, {grace - time.Hour - time.Second, 0}, {grace - time.Hour, 1}} {
		removed, err := s.Prune(t.Context(), clock.Now.Add(step.after), grace)
		if err != nil {
			t.Fatal(err)
		}
		if len(removed) != step.want {
			t.Fatalf("%v later, %d versions were removed, not %d", step.after, len(removed), step.want)
		}
	}
}

// A clock was ten years behind while the files of a version waited to be pruned.
func retiredBehind(t *testing.T, s store.Store, clock *Clock) {
	const grace = 24 * time.Hour
	v := Unified(t, s, nginx(), "lxd_combined.tar", []byte("x"))
	if err := s.Retire(t.Context(), clock.Now, v); err != nil {
		t.Fatal(err)
	}
	for _, now := range []time.Time{clock.Now.AddDate(-10, 0, 0), clock.Now.Add(grace - time.Second)} {
		if removed, err := s.Prune(t.Context(), now, grace); err != nil || len(removed) > 0 {
			t.Fatalf("at %v, %v was removed, %v", now, removed, err)
		}
	}
	if removed, err := s.Prune(t.Context(), clock.Now.Add(grace), grace); err != nil || len(removed) != 1 {
		t.Fatalf("%v was removed, %v", removed, err)
	}
}
