package progress_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/progress"
)

// play is a run of some images, as the conductor reports it.
func play(d progress.Display) {
	a := d.Task("nginx/amd64")
	a.Step(progress.Resolving, 0)
	a.Fetch(3, 99_500_000)
	a.Known("sha256:0123456789abcdef", 2_000_000)
	l := a.Layer("sha256:ab12cd34ef567890", 97_000_000)
	time.Sleep(2 * time.Second)
	l.Add(90_000_000)
	time.Sleep(1500 * time.Millisecond)
	l.Add(7_000_000)
	l.End(nil)
	a.Known("sha256:123456789abcdef0", 500_000)
	a.Step("assembling", 450_000_000)
	a.Add(450_000_000)
	a.End(progress.Built, "20261123_101500 abc")
	b := d.Task("redis/amd64")
	b.Step(progress.Resolving, 0)
	b.Fail(failure.New(failure.NotFound, errors.New("no such image\nreally")))
	c := d.Task("haproxy/amd64")
	c.Step(progress.Resolving, 0)
	c.Fetch(1, 5_000_000)
	l = c.Layer("sha256:cdef000000000000", 5_000_000)
	l.Add(1_000_000)
	l.End(errors.New("the line went dead"))
	c.Fail(errors.New("the line went dead"))
	e := d.Task("caddy/amd64")
	e.Step(progress.Resolving, 0)
	e.End(progress.Interrupted, "")
	d.Close()
}

func TestLinesSayEveryStepLayerAndEnd(t *testing.T) {
	var out bytes.Buffer
	synctest.Test(t, func(*testing.T) { play(progress.NewLines(&out)) })
	want := `nginx/amd64: fetching, 3 layers, 99.5 MB
nginx/amd64: layer ab12cd34ef56: fetching, 97.0 MB
nginx/amd64: layer ab12cd34ef56: 97.0 MB in 3.5 s, 27.7 MB/s
nginx/amd64: 2 layers known
nginx/amd64: assembling, 450.0 MB
nginx/amd64: built: 20261123_101500 abc
redis/amd64: failed: no such image; really
haproxy/amd64: fetching, 1 layer, 5.0 MB
haproxy/amd64: layer cdef00000000: fetching, 5.0 MB
haproxy/amd64: failed: the line went dead
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestLinesAreSilentAboutWhatDidNotChange(t *testing.T) {
	var out bytes.Buffer
	d := progress.NewLines(&out)
	task := d.Task("nginx/amd64")
	task.Step(progress.Resolving, 0)
	task.End(progress.Unchanged, "20261123_101500")
	if out.Len() > 0 {
		t.Errorf("said %q", out.String())
	}
}

func TestLinesDoNotSayFetchingWhenAllLayersAreKnown(t *testing.T) {
	var out bytes.Buffer
	d := progress.NewLines(&out)
	task := d.Task("nginx/amd64")
	task.Fetch(1, 500)
	task.Known("sha256:0123456789abcdef", 500)
	task.Step("assembling", 0)
	if want := "nginx/amd64: 1 layer known\nnginx/amd64: assembling\n"; out.String() != want {
		t.Errorf("said %q, want %q", out.String(), want)
	}
}

func TestEventsAreOneJSONObjectPerLine(t *testing.T) {
	var out bytes.Buffer
	synctest.Test(t, func(*testing.T) { play(progress.NewEvents(&out)) })
	want := `{"event":"step","image":"nginx/amd64","step":"resolving"}
{"event":"step","image":"nginx/amd64","step":"fetching","layers":3,"bytes":99500000}
{"event":"known","image":"nginx/amd64","digest":"sha256:0123456789abcdef","bytes":2000000}
{"event":"fetch","image":"nginx/amd64","digest":"sha256:ab12cd34ef567890","bytes":97000000}
{"event":"layer","image":"nginx/amd64","digest":"sha256:ab12cd34ef567890","bytes":97000000,"seconds":3.5}
{"event":"known","image":"nginx/amd64","digest":"sha256:123456789abcdef0","bytes":500000}
{"event":"step","image":"nginx/amd64","step":"assembling","bytes":450000000}
{"event":"end","image":"nginx/amd64","bytes":97000000,"outcome":"built","detail":"20261123_101500 abc"}
{"event":"step","image":"redis/amd64","step":"resolving"}
{"event":"end","image":"redis/amd64","outcome":"failed","detail":"no such image\nreally","kind":"not found"}
{"event":"step","image":"haproxy/amd64","step":"resolving"}
{"event":"step","image":"haproxy/amd64","step":"fetching","layers":1,"bytes":5000000}
{"event":"fetch","image":"haproxy/amd64","digest":"sha256:cdef000000000000","bytes":5000000}
{"event":"end","image":"haproxy/amd64","bytes":1000000,"outcome":"failed","detail":"the line went dead","kind":"internal"}
{"event":"step","image":"caddy/amd64","step":"resolving"}
{"event":"end","image":"caddy/amd64","outcome":"interrupted"}
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestManyLayersAndImagesMaySpeakAtOnce(t *testing.T) {
	var out bytes.Buffer
	for _, d := range []progress.Display{progress.NewLines(&out), progress.NewEvents(&out), progress.NewBars(&out, eighty)} {
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				task := d.Task("nginx/amd64")
				task.Fetch(20, 1000)
				var layers sync.WaitGroup
				for range 10 {
					layers.Go(func() {
						l := task.Layer("sha256:0123456789abcdef", 100)
						l.Add(100)
						l.End(nil)
					})
					layers.Go(func() { task.Known("sha256:123456789abcdef0", 100) })
				}
				layers.Wait()
				task.Step("assembling", 0)
				task.Add(100)
				task.End(progress.Built, "")
			})
		}
		group.Wait()
		d.Close()
	}
}

func TestDiscardShowsNothingAndStopsNobody(t *testing.T) {
	synctest.Test(t, func(*testing.T) { play(progress.Discard()) })
}

func TestEveryKindOfFailureIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range failure.Kinds() {
		if !strings.Contains(string(page), "`"+kind.String()+"`") {
			t.Errorf("operating.md does not say what --json calls the kind %s", kind)
		}
	}
}
