//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestKilledBuilds kills lxdocker at 30 random moments of a build, from fetching
// layers to listing what was made of them. Whenever that is, what is offered is
// whole; and the next run makes the images that would have been made without.
func TestKilledBuilds(t *testing.T) {
	t.Parallel()
	for share := range 3 { // each waits for a moment to kill at, or for a registry, most of the time
		t.Run(fmt.Sprint(share), func(t *testing.T) {
			t.Parallel()
			killBuilds(t, 10)
		})
	}
}

// killBuilds kills so many.
func killBuilds(t *testing.T, kills int) {
	s := newSite(t)
	// Each round changes both images, so that there is something to build.
	round := func(n int) {
		for _, name := range []string{"nginx", "goserver"} {
			s.write(t, name, fmt.Sprintf("image: %s\nenv: {ROUND: %q}\n", imageRef(name), fmt.Sprint(n%2)))
		}
	}
	var want [2]map[string]offered
	round(0)
	cold := s.build(t).took
	h := s.serve(t)
	want[0] = mustOffer(t, s, h, "nginx", "goserver")
	round(1)
	warm := s.build(t).took
	want[1] = mustOffer(t, s, h, "nginx", "goserver")

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d; a build takes %v, and %v with all layers cached", seed, cold, warm)
	random := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	for n := 0; killed < kills; n++ {
		if n == 3*kills {
			t.Fatalf("only %d of %d runs were killed before their end: the moments are chosen wrongly", killed, n)
		}
		length := &warm
		if n%3 != 0 {
			s.forgetCache(t)
			length = &cold
		}
		round(n)
		moment := time.Duration(random.Int64N(int64(*length)))
		if s.killAfter(t, moment, n%2 == 0) {
			killed++
		} else {
			*length = moment // it took less long this time
		}
		if err := wholeAfterKill(s, h); err != nil {
			t.Fatalf("round %d, killed after %v: %v", n, moment, err)
		}
		s.build(t)
		for name, got := range mustOffer(t, s, h, "nginx", "goserver") {
			if wanted := want[n%2][name]; got.fingerprint != wanted.fingerprint || got.incus != wanted.incus {
				t.Fatalf("round %d, killed after %v: the next run makes %s of %s, not %s", n, moment, got.fingerprint, name, wanted.fingerprint)
			}
		}
		if left := s.leftovers(t); len(left) > 0 {
			t.Fatalf("round %d, killed after %v: %q are left in the images folder", n, moment, left)
		}
	}
	if o := s.build(t, "--quiet=false"); !strings.Contains(o.stdout, "0 built, 2 unchanged, 0 failed, 0 removed") {
		t.Errorf("a run with nothing new:\n%v", o)
	}
}

// wholeAfterKill looks at the offer in the folder and at imgserver's. Each must be
// right in itself; a run killed between publishing an image and listing it in the
// folder leaves them a version apart.
func wholeAfterKill(s *site, h *hub) error {
	for from, open := range map[string]opener{"the images folder": s.open, "imgserver": h.open} {
		images, err := offers(open)
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		if len(images) != 2 {
			return fmt.Errorf("%s offers %v", from, images)
		}
	}
	return nil
}
