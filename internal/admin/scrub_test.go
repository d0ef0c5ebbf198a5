package admin

import (
	"bytes"
	"context"
	"errors"
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

func TestWhatIsDamagedLeavesTheOffer(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	s, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	publish := func(name string) image.Version {
		return storetest.Split(t, s, image.Version{Name: name, Architecture: "amd64"}, []byte("metadata"), bytes.Repeat([]byte(name), 1<<20))
	}
	good, bad := publish("good"), publish("bad")
	file := filepath.Join(folder, bad.Path(bad.Files[1]))
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("X"), 12345); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	var told []string
	ctx, cancel := context.WithCancel(t.Context())
	clock, reading := time.Now(), time.Duration(0)
	scrubber := &Scrubber{
		Store: s, Every: time.Hour, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Damaged: func(v image.Version) { told = append(told, v.Name) },
		throttle: throttle{
			now: func() time.Time { // each look at the clock is a moment of reading
				clock, reading = clock.Add(time.Millisecond), reading+time.Millisecond
				return clock
			},
			sleep: func(_ context.Context, d time.Duration) {
				if clock = clock.Add(d); d > time.Minute {
					cancel() // after a pass
				}
			},
		},
	}
	began := clock
	scrubber.pass(ctx)
	if whole := clock.Sub(began); reading*share > 2*whole {
		t.Errorf("of %v, %v went into reading", whole, reading)
	}
	scrubber.Run(ctx)
	if all := storetest.Versions(t, s); len(all) != 1 || all[0].Serial != good.Serial {
		t.Errorf("there is %v", all)
	}
	if len(told) != 1 || told[0] != "bad" {
		t.Errorf("told of %v", told)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "rootfs.squashfs has ") {
		t.Errorf("it logs\n%s", &log)
	}
	if _, err := os.Lstat(filepath.Join(folder, ".damaged", strings.ReplaceAll(bad.Dir(), "/", "+"), bad.Files[1].Name)); err != nil {
		t.Errorf("the only copy is lost: %v", err)
	}
	if _, err := os.Lstat(filepath.Dir(file)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder: %v", err)
	}
}

func TestAScrubberKeepsToItsShare(t *testing.T) {
	s, err := dir.Open(filepath.Join(t.TempDir(), "images"))
	if err != nil {
		t.Fatal(err)
	}
	const size = 20 << 20
	storetest.Split(t, s, image.Version{Name: "big", Architecture: "amd64"}, []byte("metadata"), make([]byte, size))
	for name, test := range map[string]struct {
		read  time.Duration // for each MiB
		least time.Duration // for all
	}{
		"a slow disk": {100 * time.Millisecond, 20 * share * 100 * time.Millisecond},
		"a fast disk": {0, size / mostPerSecond * time.Second},
	} {
		clock, slept := time.Now(), time.Duration(0)
		reading := false
		scrubber := &Scrubber{Store: s, Log: slog.New(slog.DiscardHandler), throttle: throttle{
			now: func() time.Time {
				if reading = !reading; !reading {
					clock = clock.Add(test.read)
				}
				return clock
			},
			sleep: func(_ context.Context, d time.Duration) { clock, slept = clock.Add(d), slept+d },
		}}
		scrubber.pass(t.Context())
		if least := test.least * (share - 1) / share; slept < least {
			t.Errorf("%s: it rested for %v, not %v", name, slept, least)
		}
	}
}

// TestASharedFileIsReadOnce: and if it is damaged, all that share it leave the offer.
func TestASharedFileIsReadOnce(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "images")
	s, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	const size = 3 << 20
	publish := func(name string, content byte) image.Version {
		return storetest.Split(t, s, image.Version{Name: name, Architecture: "amd64"}, []byte("metadata of "+name), bytes.Repeat([]byte{content}, size))
	}
	first := publish("a", 'x')
	for _, name := range []string{"b", "c", "d", "e"} {
		publish(name, 'x')
	}
	other := publish("other", 'y')
	clock, rested := time.Now(), 0
	var told []string
	scrubber := &Scrubber{
		Store: s, Log: slog.New(slog.DiscardHandler), Damaged: func(v image.Version) { told = append(told, v.Name) },
		throttle: throttle{now: func() time.Time { return clock }, sleep: func(context.Context, time.Duration) { rested++ }},
	}
	scrubber.pass(t.Context())
	if most := 2 * size / atATime; rested > most || len(told) > 0 {
		t.Errorf("%d MiB were read of two files of 3 MiB, and %v are damaged", rested, told)
	}
	f, err := os.OpenFile(filepath.Join(folder, first.Path(first.Files[1])), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("X"), 12345)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	rested = 0
	scrubber.pass(t.Context())
	if all := storetest.Versions(t, s); len(all) != 1 || all[0].Serial != other.Serial || all[0].Name != "other" || len(told) != 5 {
		t.Errorf("there is %v, and told of %v", all, told)
	}
	if most := 4 * size / atATime; rested > most { // the damaged one three times
		t.Errorf("%d MiB were read", rested)
	}
}
