package dir_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// A version is published while the clock is ten years ahead, then others while it is
// right: their serials go on from there, and the log says so.
func TestASerialThatIsYetToComeIsSaid(t *testing.T) {
	var log bytes.Buffer
	clock := storetest.NewClock()
	s := open(t, t.TempDir(), dir.WithClock(clock.Time), dir.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	right := clock.Now
	clock.Now = right.AddDate(10, 0, 0)
	split(t, s, "nginx")
	split(t, s, "nginx") // a second ahead is nothing to be said
	if log.Len() > 0 {
		t.Errorf("with this clock, nothing is ahead: %s", log.String())
	}
	clock.Now = right
	v := split(t, s, "nginx")
	if !strings.Contains(log.String(), "yet to come") || !strings.Contains(log.String(), v.Serial) {
		t.Errorf("the log says %s", log.String())
	}
	if at := v.PublishedBy(right.Add(time.Hour)); !at.Equal(right.Truncate(time.Second)) {
		t.Errorf("it was published at %v", at)
	}
}

func TestWhatWasRetiredInTheFutureIsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	clock := storetest.NewClock()
	s := open(t, t.TempDir(), dir.WithClock(clock.Time), dir.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	if err := s.Retire(t.Context(), clock.Now.AddDate(10, 0, 0), split(t, s, "nginx")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if removed, err := s.Prune(t.Context(), clock.Now, image.Grace); err != nil || len(removed) > 0 {
			t.Fatal(removed, err)
		}
	}
	if n := strings.Count(log.String(), "yet to come"); n != 1 {
		t.Errorf("that is said %d times:\n%s", n, log.String())
	}
}

func TestAnotherLookIsNotPutOffForYears(t *testing.T) {
	clock, folder := storetest.NewClock(), t.TempDir()
	s := open(t, folder, dir.WithClock(clock.Time))
	v := split(t, s, "nginx")
	right := clock.Now
	look := func() {
		t.Helper()
		unlock, err := s.TryLock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		unlock()
	}
	clock.Now = right.AddDate(10, 0, 0)
	look()
	clock.Now = right
	if err := os.Remove(filepath.Join(folder, v.Path(v.Files[0]))); err != nil {
		t.Fatal(err)
	}
	look()
	if left := storetest.Versions(t, s); len(left) > 0 {
		t.Errorf("what is damaged was not noticed: %v", left)
	}
}
