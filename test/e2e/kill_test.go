//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestKilledBuilds kills lxdocker at 20 random moments of a build. Whenever that
// is, what is offered is whole; and the next run that is left alone ends well.
func TestKilledBuilds(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	// Each round changes both images, so that there is something to build.
	round := func(n int) {
		s.write(t, "nginx", fmt.Sprintf("image: %s\nenv: {ROUND: %q}\n", labImage("nginx"), fmt.Sprint(n)))
		s.write(t, "goserver", fmt.Sprintf("image: %s\nenv: {ROUND: %q}\n", labImage("goserver"), fmt.Sprint(n)))
	}
	round(0)
	cold := s.build(t).took
	round(1)
	warm := s.build(t).took
	h := s.serve(t)
	mustOffer(t, s, h, "nginx", "goserver")

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d; a build takes %v, and %v with all layers cached", seed, cold, warm)
	random := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	for n := 0; killed < 20; n++ {
		length := &warm
		if n%4 == 0 {
			s.forgetCache(t)
			length = &cold
		}
		round(n + 2)
		moment := time.Duration(random.Int64N(int64(*length)))
		if s.killAfter(t, moment, n%2 == 0) {
			killed++
		} else {
			*length = moment // it took less long this time
		}
		if err := wholeAfterKill(s, h); err != nil {
			t.Fatalf("round %d, killed after %v: %v", n, moment, err)
		}
		if n == 60 {
			t.Fatalf("only %d of 60 runs were killed before their end: the moments are chosen wrongly", killed)
		}
	}
	round(100)
	if o := s.build(t); !strings.Contains(o.stdout, "2 built, 0 unchanged, 0 failed, 0 removed") {
		t.Errorf("the run after the killed ones:\n%v", o)
	}
	mustOffer(t, s, h, "nginx", "goserver")
	if left := s.leftovers(t); len(left) > 0 {
		t.Errorf("the killed runs left %q in the images folder", left)
	}
	if o := s.build(t); !strings.Contains(o.stdout, "0 built, 2 unchanged, 0 failed, 0 removed") {
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
