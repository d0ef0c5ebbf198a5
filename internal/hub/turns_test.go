package hub

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
)

func TestOneClientNeverHasAllPlaces(t *testing.T) {
	for places, share := range map[int]int{1: 1, 2: 1, 5: 4} {
		synctest.Test(t, func(t *testing.T) {
			all := newTurns(places)
			ctx, cancel := context.WithCancel(t.Context())
			held := make(chan func(), 10)
			for range 10 {
				go func() {
					give, err := all.take(ctx, "greedy", nil)
					if err == nil {
						held <- give
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
				give, err := all.take(ctx, "other", func() { t.Errorf("of %d places, there is none for another client", places) })
				if err != nil {
					t.Fatal(err)
				}
				give()
			}
			cancel()
			synctest.Wait()
			for range share {
				give := <-held
				give()
				give() // counts once
			}
			if all.taken != 0 || len(all.working) != 0 || len(all.waiting) != 0 {
				t.Errorf("in the end, %d places are taken, by %v, and %d wait", all.taken, all.working, len(all.waiting))
			}
		})
	}
}

func TestAPlaceGoesToWhoHasFewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(3)
		take := func(client string) func() {
			give, err := all.take(t.Context(), client, nil)
			if err != nil {
				t.Fatal(err)
			}
			return give
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
