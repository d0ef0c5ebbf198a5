package hub

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/background"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
)

// receives lets a turn's work receive so many bytes after each pause, until its context ends.
func receives(m *turn, bytes int, pause time.Duration) {
	for m.ctx.Err() == nil {
		over := m.Wait()
		select {
		case <-time.After(pause):
		case <-m.ctx.Done():
		}
		over(bytes)
	}
}

func TestWhoWaitsForARegistryLosesItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		work  func(m *turn)
		loses bool
	}{
		"nothing comes":            {func(m *turn) { receives(m, 0, time.Hour) }, true},
		"a byte a second":          {func(m *turn) { receives(m, 1, time.Second) }, true},
		"a byte, often":            {func(m *turn) { receives(m, 1, 10*time.Millisecond) }, true},
		"a slow line":              {func(m *turn) { receives(m, 32<<10, time.Second) }, false},
		"small pieces":             {func(m *turn) { receives(m, 100, 10*time.Millisecond) }, false},
		"it computes":              {func(m *turn) { m.Wait()(0); <-m.ctx.Done() }, false},
		"one line of two is quiet": {func(m *turn) { m.Wait(); receives(m, 32<<10, time.Second) }, false},
		"it computes between few bytes": {func(m *turn) {
			for m.ctx.Err() == nil {
				over := m.Wait()
				time.Sleep(time.Millisecond)
				over(1)
				time.Sleep(time.Second)
			}
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				all := newTurns(1, false, newUse(), time.Now)
				ctx, cancel := context.WithCancel(t.Context())
				slow, err := all.take(ctx, "slow", nil)
				if err != nil {
					t.Fatal(err)
				}
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					c.work(slow)
					slow.give()
				}()
				time.Sleep(time.Minute) // nobody else wants the place
				if slow.ctx.Err() != nil {
					t.Fatal("it has lost the place to nobody")
				}
				began := time.Now()
				other, wait := context.WithTimeout(ctx, time.Minute)
				defer wait()
				next, err := all.take(other, "other", nil)
				if lost := err == nil; lost != c.loses {
					t.Errorf("another one has the place after %v: %v", time.Since(began), lost)
				}
				if c.loses && (time.Since(began) > stallAfter || !errors.Is(context.Cause(slow.ctx), errMoved)) {
					t.Errorf("another one waited for %v; %v", time.Since(began), context.Cause(slow.ctx))
				}
				if next != nil {
					next.give()
				}
				cancel()
				<-ended
				if all.taken != 0 || len(all.held) != 0 || len(all.waiting) != 0 {
					t.Errorf("in the end %d places are taken, %d held, and %d wait", all.taken, len(all.held), len(all.waiting))
				}
			})
		})
	}
}

// A registry that sends nothing keeps nobody from an image that takes longer than others wait.
func TestSilentRegistriesLeavePlacesToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(2, false, newUse(), time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		for n := range 50 {
			go func() {
				for ctx.Err() == nil {
					m, err := all.take(ctx, string(rune('a'+n%10)), nil)
					if err != nil {
						return
					}
					receives(m, 0, time.Hour)
					m.give()
				}
			}()
		}
		synctest.Wait()
		all.use.add("honest", 3*time.Second, time.Now()) // it has been moved to here
		began := time.Now()
		m, err := all.take(ctx, "honest", nil)
		if err != nil {
			t.Fatal(err)
		}
		// Until ten others have had about as much, two at a time.
		if took := time.Since(began); took > 10/2*3*time.Second+10*stallAfter/2 {
			t.Errorf("it waited for %v", took)
		} else {
			t.Logf("it waited for %v", took)
		}
		m.give()
		cancel()
		synctest.Wait()
	})
}

// silent is a converter whose registries send nothing.
type silent struct {
	*fixture
	began atomic.Int64
}

func (s *silent) Convert(ctx context.Context, _ oci.Reference, _ string, _ bool) (image.Version, error) {
	s.began.Add(1)
	defer background.Wait(ctx)(0)
	<-ctx.Done()
	return image.Version{}, context.Cause(ctx)
}

// One of three keeps the first place. The others take each other's place again and again.
func TestWhatNeverGetsAnythingFailsWhileOthersWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &silent{fixture: newFixture(t)}
		h, cancel := s.idle(func(o *Options) { o.Converter, o.Limits.Conversions = s, 1 })
		failed := make(chan error, 3)
		for _, client := range []string{"one", "two", "three"} {
			ref, err := oci.Parse("library/" + client)
			if err != nil {
				t.Fatal(err)
			}
			c := &call{request: request{ref: ref, arch: "amd64"}, client: client, ctx: h.ctx}
			go func() {
				_, err := h.convert(c)
				failed <- err
			}()
		}
		if err := <-failed; !errors.Is(err, errNothingCame) {
			t.Errorf("the first ends with %v", err)
		}
		if n := s.began.Load(); n < 2*maxMoves || n > 2*maxMoves+1 {
			t.Errorf("there were %d conversions, and each may begin %d times", n, maxMoves)
		}
		cancel()
		<-failed
		<-failed
	})
}
