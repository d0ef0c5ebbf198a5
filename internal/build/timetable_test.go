package build

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/schedule"
)

// timetableFixture notes when runs begin.
type timetableFixture struct {
	now     chan struct{}
	took    time.Duration // each run
	busy    int           // of the first runs: somebody else was at work
	set     atomic.Int64  // by how much the clock was set, in nanoseconds
	began   []string
	planned []string
}

func (f *timetableFixture) clock() time.Time {
	return time.Now().UTC().Add(time.Duration(f.set.Load()))
}

// begin lets runs follow a timetable until the test ends.
func (f *timetableFixture) begin(t *testing.T, due Timetable) {
	f.now = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		repeat(ctx, due, f.now, f.clock, func() bool {
			f.began = append(f.began, f.clock().Format("02 15:04"))
			time.Sleep(f.took)
			f.busy--
			return f.busy >= 0
		}, func(next time.Time) { f.planned = append(f.planned, next.Format("02 15:04")) })
	}()
	t.Cleanup(func() { cancel(); <-done })
}

func (f *timetableFixture) want(t *testing.T, all ...string) {
	t.Helper()
	synctest.Wait()
	if !slices.Equal(f.began, all) {
		t.Errorf("runs began at %s, not %s", strings.Join(f.began, ", "), strings.Join(all, ", "))
	}
}

func at(t *testing.T, text string) Timetable {
	t.Helper()
	s, err := schedule.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return At(s)
}

// The clock of synctest begins at 2000-01-01 00:00 UTC.

func TestRunsBeginAtTheTimesOfASchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &timetableFixture{took: 3 * time.Minute}
		f.begin(t, at(t, "17 */6 * * *"))
		time.Sleep(13 * time.Hour)
		f.want(t, "01 00:00", "01 00:17", "01 06:17", "01 12:17")
		if want := []string{"01 00:17", "01 06:17", "01 12:17", "01 18:17"}; !slices.Equal(f.planned, want) {
			t.Errorf("planned were %s", f.planned)
		}
	})
}

func TestTimesThatPassDuringARunAreOneRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &timetableFixture{took: 47 * time.Minute}
		f.begin(t, at(t, "*/10 0 * * *"))
		time.Sleep(90 * time.Minute)
		f.want(t, "01 00:00", "01 00:47") // not five times
		time.Sleep(22 * time.Hour)
		f.want(t, "01 00:00", "01 00:47", "01 01:34") // one for 00:50, which passed as well
	})
}

func TestSomethingNewIsRunAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &timetableFixture{took: time.Minute}
		f.begin(t, at(t, "@daily"))
		time.Sleep(2 * time.Hour)
		f.now <- struct{}{}
		time.Sleep(30 * time.Second)
		f.now <- struct{}{} // during that run
		time.Sleep(time.Hour)
		f.want(t, "01 00:00", "01 02:00", "01 02:01")
	})
}

func TestWhoFindsAnotherAtWorkLooksAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &timetableFixture{busy: 2}
		f.begin(t, at(t, "@daily"))
		time.Sleep(time.Hour)
		f.want(t, "01 00:00", "01 00:01", "01 00:02")
	})
}

func TestAClockThatIsSetIsFollowed(t *testing.T) {
	for name, test := range map[string]struct {
		set  time.Duration
		want string
	}{
		"forward, past the time":          {set: 8 * time.Hour, want: "01 00:00, 01 00:17, 01 08:31, 01 12:17"},
		"back by a year, as it was wrong": {set: -366 * 24 * time.Hour, want: "01 00:00, 01 00:17, 31 06:17, 31 12:17"},
		"back by a little, to be exact":   {set: -20 * time.Minute, want: "01 00:00, 01 00:17, 01 06:17, 01 12:17"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &timetableFixture{}
				f.begin(t, at(t, "17 */6 * * *"))
				time.Sleep(30*time.Minute + time.Second)
				synctest.Wait()
				f.set.Store(int64(test.set))
				time.Sleep(13*time.Hour - max(test.set, 0))
				synctest.Wait()
				if got := strings.Join(f.began, ", "); got != test.want {
					t.Errorf("runs began at %s, not %s", got, test.want)
				}
			})
		})
	}
}

func TestRunsFollowEachOtherAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &timetableFixture{took: time.Minute}
		f.begin(t, Every(time.Hour))
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := len(f.began); n < 21 || n > 27 {
			t.Errorf("there were %d runs", n)
		}
		if f.began[1] < "01 00:55" || f.began[1] > "01 01:07" {
			t.Errorf("the second began at %s", f.began[1])
		}
	})
}
