package server

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestNobodyGetsWhatWasBegunBeforeTheyAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var world, makings atomic.Int64
		f := fresh[int64]{make: func() (int64, error) {
			makings.Add(1)
			seen := world.Load()
			time.Sleep(time.Second)
			return seen, nil
		}}
		var wg sync.WaitGroup
		const askers = 100
		for i := range askers {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 50 * time.Millisecond)
				known := world.Add(1) // this happened before we asked
				got, err := f.get()
				if err != nil || got < known {
					t.Errorf("got %d, %v, knowing of %d", got, err, known)
				}
			})
		}
		wg.Wait()
		// They asked within 5 s and a making takes 1 s.
		if n := makings.Load(); n > 7 {
			t.Errorf("%d askers took %d makings", askers, n)
		}
	})
}

func TestAFailureIsSharedAndNotKept(t *testing.T) {
	fail := true
	f := fresh[int]{make: func() (int, error) {
		if fail {
			return 0, errors.New("no")
		}
		return 1, nil
	}}
	if _, err := f.get(); err == nil {
		t.Error("no error")
	}
	fail = false
	if got, err := f.get(); got != 1 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
}
