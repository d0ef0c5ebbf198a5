package hub

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/ratelimit"
)

func TestOneClientNeverHasAllPlaces(t *testing.T) {
	for places, share := range map[int]int{1: 1, 2: 1, 5: 4} {
		synctest.Test(t, func(t *testing.T) {
			all := newTurns(places, false, newUse(), time.Now)
			ctx, cancel := context.WithCancel(t.Context())
			held := make(chan func(), 10)
			for range 10 {
				go func() {
					turn, err := all.take(ctx, "greedy", nil)
					if err == nil {
						held <- turn.give
					} else if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
				}()
			}
			synctest.Wait()
			if len(held) != share {
				t.Errorf("of %d places, one client has %d", places, len(held))
			}
			if places > 1 {
				turn, err := all.take(ctx, "other", func() { t.Errorf("of %d places, there is none for another client", places) })
				if err != nil {
					t.Fatal(err)
				}
				turn.give()
			}
			cancel()
			synctest.Wait()
			for range share {
				give := <-held
				give()
				give() // counts once
			}
			if all.taken != 0 || len(all.working) != 0 || len(all.waiting) != 0 || len(all.held) != 0 {
				t.Errorf("in the end, %d places are taken, by %v, and %d wait", all.taken, all.working, len(all.waiting))
			}
		})
	}
}

func TestAPlaceGoesToWhoHasFewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(3, false, newUse(), time.Now)
		take := func(client string) func() {
			turn, err := all.take(t.Context(), client, nil)
			if err != nil {
				t.Fatal(err)
			}
			return turn.give
		}
		first, second, third := take("a"), take("a"), take("b")
		var order []string
		for _, client := range []string{"a", "b", "c"} { // a comes first, and has most
			go func() {
				give := take(client)
				order = append(order, client)
				give()
			}()
			synctest.Wait()
		}
		third()
		synctest.Wait()
		first()
		synctest.Wait()
		if got := strings.Join(order, " "); got != "b c a" {
			t.Errorf("the order is %s", got)
		}
		second()
	})
}

// A client that asks for the first time does not wait for one that has had a place for
// long; one that has had as much does.
func TestWhoHasHadLittleTakesThePlaceOfWhoHasHadMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1, true, newUse(), time.Now)
		large, err := all.take(t.Context(), "large", nil)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(headStart / 2)
		began := time.Now()
		small, err := all.take(t.Context(), "small", nil)
		if err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != spared-headStart/2 {
			t.Errorf("it waited for %v", waited)
		}
		if !errors.Is(context.Cause(large.ctx), errMoved) || small.ctx.Err() != nil {
			t.Errorf("the contexts ended with %v and %v", context.Cause(large.ctx), small.ctx.Err())
		}
		ctx, cancel := context.WithTimeout(t.Context(), headStart/2)
		defer cancel()
		if _, err := all.take(ctx, "large", nil); err == nil {
			t.Error("the one that was moved took the place of another one")
		}
		small.give()
		large.give()
		if all.taken != 0 || len(all.working) != 0 || len(all.waiting) != 0 || len(all.held) != 0 {
			t.Errorf("in the end, %d places are taken, by %v; %d wait", all.taken, all.working, len(all.waiting))
		}
		if all.use.of("large", time.Now()) < all.use.of("small", time.Now()) {
			t.Error("the one that was moved has had less time")
		}
	})
}

func TestWhatAClientHadIsForgottenByAndBy(t *testing.T) {
	u, now := newUse(), time.Now()
	u.add("a", time.Minute, now)
	if had := u.of("a", now.Add(2*halfLife)); had.Round(time.Second) != 15*time.Second {
		t.Errorf("after two half-lives it is %v", had)
	}
	for i := range ratelimit.Clients {
		u.add(strconv.Itoa(i), time.Second, now)
	}
	if len(u.time) > ratelimit.Clients || u.of("a", now) != time.Minute {
		t.Errorf("%d clients are known, and the first of them had %v", len(u.time), u.of("a", now))
	}
}

// No polling for a place: waiting clients are woken.
func TestAPlaceIsTakenAsSoonAsItIsFree(t *testing.T) {
	for name, moves := range map[string]bool{"where nobody is moved": false, "where others may be moved": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				all := newTurns(2, moves, newUse(), time.Now)
				all.use.add("poor", time.Hour, time.Now())
				var held []*turn
				for _, client := range []string{"a", "b"} {
					turn, err := all.take(t.Context(), client, nil)
					if err != nil {
						t.Fatal(err)
					}
					held = append(held, turn)
				}
				time.AfterFunc(10*time.Second+time.Microsecond, held[0].give)
				began := time.Now()
				turn, err := all.take(t.Context(), "poor", nil)
				if waited := time.Since(began); err != nil || waited != 10*time.Second+time.Microsecond {
					t.Errorf("it waited for %v: %v", waited, err)
				}
				turn.give()
				held[1].give()
				if all.again != nil {
					t.Error("in the end somebody is about to look whether places can be taken")
				}
			})
		})
	}
}

// Of those who have had about as long, who wants little need not wait for all that others
// want.
func TestWhoWaitsForOneImageIsBeforeWhoWaitsForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1, true, newUse(), time.Now)
		first, err := all.take(t.Context(), "first", nil)
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		wait := func(client string, had time.Duration) {
			all.use.add(client, had, time.Now())
			go func() {
				turn, err := all.take(t.Context(), client, nil)
				if err != nil {
					t.Error(err)
				}
				order = append(order, client)
				turn.give()
			}()
			synctest.Wait()
		}
		for range 2 {
			wait("many", headStart/2)
		}
		wait("rich", 10*headStart)
		wait("one", 19*headStart/10)
		first.give()
		synctest.Wait()
		if got := strings.Join(order, " "); got != "one many many rich" {
			t.Errorf("the order is %s", got)
		}
	})
}

// Who is next may leave: then another one is, who may have a place that is taken.
func TestWhoGivesUpWaitingLetsTheNextOneGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(3, true, newUse(), time.Now)
		all.use.add("rich", time.Hour, time.Now())
		all.use.add("b", time.Minute, time.Now())
		for _, client := range []string{"rich", "rich", "b"} {
			if _, err := all.take(t.Context(), client, nil); err != nil {
				t.Fatal(err)
			}
		}
		all.use.add("c", 50*time.Minute, time.Now()) // too much to move anybody, but it has no place
		ctx, leave := context.WithCancel(t.Context())
		go func() { _, _ = all.take(ctx, "c", nil) }()
		synctest.Wait()
		got := make(chan error, 1)
		go func() { _, err := all.take(t.Context(), "b", nil); got <- err }()
		synctest.Wait()
		began := time.Now()
		leave()
		if err := <-got; err != nil || time.Since(began) > 0 {
			t.Errorf("it waited for %v: %v", time.Since(began), err)
		}
	})
}

// What a heavy client has just begun is not spared.
func TestAHeavyClientLosesItsPlaceAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1, true, newUse(), time.Now)
		all.use.add("heavy", heavy+headStart, time.Now())
		large, err := all.take(t.Context(), "heavy", nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		small, err := all.take(t.Context(), "small", nil)
		if waited := time.Since(began); err != nil || waited > 0 {
			t.Errorf("it waited for %v: %v", waited, err)
		}
		small.give()
		large.give()
	})
}
