package hub

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestTheHubKnowsWhoAskedForWhat(t *testing.T) {
	w := newFixture(t)
	h, _ := w.hub(nil)
	for _, client := range []string{"one", "two"} {
		w.mu.Lock()
		w.versions = nil
		w.mu.Unlock()
		if _, err := h.Image(t.Context(), "nginx", "amd64", client); err != nil {
			t.Fatal(err)
		}
	}
	for asks, want := range map[[3]string]bool{
		{"one", nginx, "amd64"}: true, {"two", nginx, "amd64"}: true, {"one", nginx, "arm64"}: false, {"three", nginx, "amd64"}: false,
		{"one", "docker.io/library/redis:latest", "amd64"}: false,
	} {
		if got := h.AskedBy(asks[0], asks[1], asks[2]); got != want {
			t.Errorf("that %v is %v", asks, got)
		}
	}
	if got := h.Askers(nginx, "amd64"); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("%v have asked", got)
	}
	if h.For(policy(t, "library/redis")).AskedBy("one", nginx, "amd64") {
		t.Error("who may not have an image has asked for it")
	}
	change(h, func(r *Rules) { r.Policy = policy(t, "library/redis") })
	if h.AskedBy("one", nginx, "amd64") {
		t.Error("who may not have an image any more has asked for it")
	}
}

func TestFewAskingsAreRemembered(t *testing.T) {
	var a askers
	began := time.Now()
	for i := range 3 * mostAskings {
		r := reading(nginx, fmt.Sprint(i))
		a.note(r, "c", began.Add(time.Duration(i)*time.Second))
		if _, ok := a.at[asking{r, "c"}]; !ok || len(a.at) > mostAskings {
			t.Fatalf("after %d there are %d, and the last is %v", i, len(a.at), ok)
		}
	}
}
