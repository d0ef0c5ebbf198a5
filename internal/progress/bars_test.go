package progress_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/progress"
)

func eighty() (columns, lines int) { return 80, 24 }

// tenImages goes on for about half a minute: of ten images eight are asked for at
// once, of their layers four are fetched at once, and one image is assembled.
func tenImages(d progress.Display) {
	var images sync.WaitGroup
	asked, layers, assembling := make(chan int, 8), make(chan int, 4), make(chan int, 1)
	for n, name := range []string{"nginx", "redis", "postgres", "mariadb", "haproxy", "memcached",
		"a-name-that-is-longer-than-its-column", "node", "traefik", "rabbitmq"} {
		images.Go(func() {
			asked <- n
			defer func() { <-asked }()
			task := d.Task(name + "/amd64")
			task.Step(progress.Resolving, 0)
			time.Sleep(time.Duration(100+200*n) * time.Millisecond)
			count := 2 + n%5
			task.Fetch(count, int64(count)*50_000_000)
			var group sync.WaitGroup
			for m := range count {
				group.Go(func() {
					digest := fmt.Sprintf("sha256:%02d%02d%060d", n, m, 0)
					if m == 0 {
						task.Known(digest, 50_000_000)
						return
					}
					layers <- m
					l := task.Layer(digest, 50_000_000)
					for range 20 + 5*m {
						time.Sleep(100 * time.Millisecond)
						l.Add(50_000_000 / int64(20+5*m))
					}
					l.End(nil)
					<-layers
				})
			}
			group.Wait()
			assembling <- n
			task.Step("assembling", 120_000_000)
			for range 12 {
				time.Sleep(100 * time.Millisecond)
				task.Add(10_000_000)
			}
			<-assembling
			task.End(progress.Built, "20261123_101500 abc")
		})
	}
	images.Wait()
	d.Close()
}

// watched looks at the terminal after every write.
type watched struct {
	*terminal
	look func(written int)
}

func (w watched) Write(p []byte) (int, error) {
	n, err := w.terminal.Write(p)
	w.look(len(p))
	return n, err
}

func TestTenImagesFitTheTerminalAndLeaveItClean(t *testing.T) {
	for _, window := range []struct{ columns, lines int }{{80, 24}, {40, 24}, {80, 6}, {200, 60}, {120, 2}, {20, 3}, {1, 1}} {
		t.Run(fmt.Sprintf("%dx%d", window.columns, window.lines), func(t *testing.T) {
			screen := &terminal{columns: window.columns, lines: window.lines}
			maxLines := 0
			look := func(int) { maxLines = max(maxLines, strings.Count(screen.text(), "\n")+1) }
			synctest.Test(t, func(*testing.T) {
				tenImages(progress.NewBars(watched{screen, look}, screen.size))
			})
			if len(screen.faults) > 0 {
				t.Errorf("%d faults: %s", len(screen.faults), screen.faults[0])
			}
			if maxLines > max(1, window.lines-1) {
				t.Errorf("a picture of %d lines in a window of %d", maxLines, window.lines)
			}
			if left := screen.text(); left != "" {
				t.Errorf("left on the screen:\n%s", left)
			}
		})
	}
}

// threeImages brings one image to fetching, one to assembling and one to waiting.
func threeImages(d progress.Display) {
	a, b, c := d.Task("nginx/amd64"), d.Task("a-name-that-is-longer-than-its-column/amd64"), d.Task("redis/amd64")
	a.Fetch(12, 1_450_000_000)
	a.Known("sha256:00", 10_000_000)
	b.Step("assembling", 450_000_000)
	c.Fetch(2, 100_000_000)
	one, two, three := a.Layer("sha256:0123456789abcdef", 97_000_000), a.Layer("sha256:123456789abcdef0", 1_200_000_000), a.Layer("sha256:23", -1)
	time.Sleep(10 * time.Millisecond) // so that what comes and what is drawn have an order
	for range 30 {
		time.Sleep(100 * time.Millisecond)
		one.Add(3_000_000)
		two.Add(12_340_000)
		three.Add(3_000)
		b.Add(14_000_000)
	}
}

func TestThePictureNamesImagesAndTheirLayers(t *testing.T) {
	for _, c := range []struct {
		columns, lines int
		want           string
	}{
		{80, 24, `
nginx/amd64             fetching    1 of 12 layers        460.3 MB   146.1 MB/s
  0123456789ab  [=======================  ]     90.0 MB of 97.0 MB    28.6 MB/s
  123456789abc  [=======                  ]     370.2 MB of 1.2 GB   117.5 MB/s
  23                                                       90.0 kB    28.6 kB/s
a-name-that-is-longer-… assembling            420.0 MB of 450.0 MB   133.3 MB/s
and 1 more
`},
		{40, 24, `
nginx/amd64  fetching     1/12 460.3 MB
  0123456789ab       90.0 MB of 97.0 MB
  123456789abc       370.2 MB of 1.2 GB
  23               90.0 kB    28.6 kB/s
a-name-that… assembling   420.0 MB  93%
and 1 more
`},
		{110, 4, `
nginx/amd64             fetching    1 of 12 layers                             460.3 MB   146.1 MB/s
a-name-that-is-longer-… assembling                                 420.0 MB of 450.0 MB   133.3 MB/s
and 1 more
`},
	} {
		screen := &terminal{columns: c.columns, lines: c.lines}
		synctest.Test(t, func(*testing.T) {
			d := progress.NewBars(screen, screen.size)
			threeImages(d)
			time.Sleep(200 * time.Millisecond)
			got := screen.text()
			if got != strings.Trim(c.want, "\n") {
				t.Errorf("at %d columns and %d lines:\n%s\nwant:%s", c.columns, c.lines, got, c.want)
			}
			d.Close()
		})
	}
}

// TestThePictureIsCalm: lines that stay keep their order, and what comes and goes
// is only what began or ended.
func TestThePictureIsCalm(t *testing.T) {
	screen := &terminal{columns: 80, lines: 24}
	bytes, moves := 0, 0
	var before []string
	look := func(written int) {
		bytes += written
		var now []string
		for line := range strings.Lines(screen.text()) {
			now = append(now, strings.Fields(line)[0])
		}
		stayed := slices.DeleteFunc(slices.Clone(before), func(s string) bool { return !slices.Contains(now, s) })
		still := slices.DeleteFunc(slices.Clone(now), func(s string) bool { return !slices.Contains(before, s) })
		if !slices.Equal(stayed, still) {
			t.Errorf("the order changed from %q to %q", before, now)
		}
		moves += len(before) + len(now) - 2*len(still)
		before = now
	}
	var took time.Duration
	synctest.Test(t, func(*testing.T) {
		began := time.Now()
		tenImages(progress.NewBars(watched{screen, look}, screen.size))
		took = time.Since(began)
	})
	t.Logf("%v: %d lines came or went, %d bytes", took, moves, bytes)
	// Ten images with 32 layers: each layer's line comes and goes once. An image's
	// may be away for a while when it waits for its turn.
	if most := 2 * (32 + 4*10 + 2); moves > most {
		t.Errorf("%d lines came or went, and there were %d reasons", moves, most)
	}
	if perSecond := float64(bytes) / took.Seconds(); perSecond > 5000 {
		t.Errorf("%.0f bytes are written in a second", perSecond)
	}
}

func TestWhatIsOverSoonIsNotShown(t *testing.T) {
	var screen terminal
	screen.columns, screen.lines = 80, 24
	written := 0
	synctest.Test(t, func(*testing.T) {
		d := progress.NewBars(watched{&screen, func(n int) { written += n }}, screen.size)
		for range 20 {
			task := d.Task("nginx/amd64")
			task.Step(progress.Resolving, 0)
			time.Sleep(100 * time.Millisecond)
			task.End(progress.Unchanged, "20261123_101500")
		}
		d.Close()
	})
	if written > 0 {
		t.Errorf("a run with nothing to do wrote %d bytes", written)
	}
}

func TestALogGoesAboveThePicture(t *testing.T) {
	screen := &terminal{columns: 80, lines: 24}
	synctest.Test(t, func(*testing.T) {
		d := progress.NewBars(screen, screen.size)
		task := d.Task("nginx/amd64")
		task.Step("assembling", 0)
		time.Sleep(time.Second)
		for n := range 3 {
			fmt.Fprintf(d.(io.Writer), "warning %d\n", n)
			time.Sleep(time.Second)
			if text := screen.text(); !strings.Contains(text, fmt.Sprintf("warning %d\nnginx/amd64 ", n)) {
				t.Errorf("the screen shows\n%s", text)
			}
		}
		task.End(progress.Built, "")
		d.Close()
	})
	if want := "warning 0\nwarning 1\nwarning 2"; screen.text() != want || len(screen.faults) > 0 {
		t.Errorf("left: %q, want %q; faults: %v", screen.text(), want, screen.faults)
	}
}
