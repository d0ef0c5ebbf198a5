package progress_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"lxdocker/internal/progress"
)

// play is a run of three images, as the conductor reports it.
func play(d progress.Display) {
	a := d.Task("nginx/amd64")
	a.Step(progress.Resolving, 0)
	a.Step("fetching", 2_500_000)
	a.Add(2_500_000)
	a.Step("assembling", 0)
	a.End(progress.Built, "20261123_101500 abc")
	b := d.Task("redis/amd64")
	b.Step(progress.Resolving, 0)
	b.End(progress.Failed, "no such image")
	d.Close()
}

func TestLinesSayEveryStepAndEnd(t *testing.T) {
	var out bytes.Buffer
	play(progress.NewLines(&out))
	want := `nginx/amd64: fetching, 2.5 MB
nginx/amd64: assembling
nginx/amd64: built: 20261123_101500 abc
redis/amd64: failed
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

func TestEventsAreOneJSONObjectPerLine(t *testing.T) {
	var out bytes.Buffer
	play(progress.NewEvents(&out))
	want := `{"event":"step","image":"nginx/amd64","step":"resolving"}
{"event":"step","image":"nginx/amd64","step":"fetching","bytes":2500000}
{"event":"step","image":"nginx/amd64","step":"assembling"}
{"event":"end","image":"nginx/amd64","bytes":2500000,"outcome":"built","detail":"20261123_101500 abc"}
{"event":"step","image":"redis/amd64","step":"resolving"}
{"event":"end","image":"redis/amd64","outcome":"failed","detail":"no such image"}
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestBarsStayWithinTheTerminalAndGoAway(t *testing.T) {
	var out bytes.Buffer
	play(progress.NewBars(&out, 80))
	for _, line := range strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if n := len([]rune(line)); n > 120 { // 80 columns and the codes that move the cursor
			t.Errorf("a line of %d characters: %q", n, line)
		}
	}
}

func TestAddMayComeFromManyLayersAtOnce(t *testing.T) {
	var out bytes.Buffer
	for _, d := range []progress.Display{progress.NewLines(&out), progress.NewEvents(&out), progress.NewBars(&out, 80)} {
		task := d.Task("nginx/amd64")
		task.Step("fetching", 1000)
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { task.Add(100) })
		}
		group.Wait()
		task.End(progress.Built, "")
		d.Close()
	}
}

func TestSizesAreReadable(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 97_000_000: "97.0 MB", 1_360_000_000: "1.4 GB", 5e15: "5000.0 TB"} {
		if got := progress.Size(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}
