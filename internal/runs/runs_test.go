package runs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/runs"
)

// memory keeps a record in memory. A crash loses its marks.
type memory struct {
	mu      sync.Mutex
	data    []byte
	aside   []byte
	marks   map[int64]bool
	changes int
	broken  error
}

func (m *memory) ReadRecord() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.data == nil {
		return nil, fs.ErrNotExist
	}
	return m.data, nil
}

func (m *memory) ChangeRecord(_ context.Context, change func([]byte) ([]byte, error, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	fresh, damaged, err := change(m.data)
	if damaged != nil {
		m.aside = m.data
	}
	m.data, m.changes = fresh, m.changes+1
	return err
}

func (m *memory) Mark(mark int64) (func(), error) {
	if m.marks == nil {
		m.marks = map[int64]bool{}
	}
	m.marks[mark] = true
	return func() { delete(m.marks, mark) }, nil
}

func (m *memory) Marked(mark int64) (bool, error) { return m.marks[mark], nil }

// desk is a program with a clock that works on a record.
type desk struct {
	*runs.Log
	t      *testing.T
	keeper *memory
	now    time.Time
	said   bytes.Buffer
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, keeper: &memory{}, now: time.Date(2026, 12, 1, 3, 0, 0, 0, time.UTC)}
	d.start()
	return d
}

// start has the program begin anew.
func (d *desk) start() {
	d.Log = runs.New(d.keeper, "lxdocker", func() time.Time { return d.now }, slog.New(slog.NewTextHandler(&d.said, nil)))
}

func (d *desk) record() *runs.Record {
	d.t.Helper()
	r, err := runs.Read(d.keeper, d.now)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

// run is a whole run that ends with these failures.
func (d *desk) run(failures ...runs.Failure) {
	d.Begin(d.t.Context())
	d.now = d.now.Add(time.Minute)
	d.End(d.t.Context(), runs.Run{Counts: runs.Counts{Failed: len(failures)}}, failures, func(string) bool { return false })
}

func failed(name string) runs.Failure {
	p := image.Product{Name: name, Architecture: "amd64"}
	return runs.Failure{Product: p, Title: p.String(), Kind: "not found", Error: name + " is not there"}
}

func onDemand(name string, known bool) runs.Failure {
	f := failed(name)
	f.Hub, f.Known = true, known
	return f
}

var errGone = failure.Errorf(failure.NotFound, "it is not there")

func (d *desk) titles() (all []string) {
	for _, f := range d.record().Failures {
		all = append(all, f.Title)
	}
	return all
}

func TestAFailureKeepsItsBeginUntilAGoodRun(t *testing.T) {
	d := newDesk(t)
	d.run(failed("web"), failed("db"))
	first := d.now
	d.now = d.now.Add(time.Hour)
	d.start()
	d.run(failed("web"))
	r := d.record()
	if len(r.Failures) != 1 {
		t.Fatalf("failing are %v", d.titles())
	}
	if f := r.Failures[0]; f.Title != "web/amd64" || !f.Since.Equal(first) || !f.Last.Equal(d.now) || f.Times != 2 || f.Error != "web is not there" {
		t.Errorf("it is %+v", f)
	}
	d.run()
	if got := d.titles(); len(got) != 0 {
		t.Errorf("after a good run, %v fail", got)
	}
	d.run(failed("web"))
	if f := d.record().Failures[0]; f.Times != 1 || !f.Since.Equal(d.now) {
		t.Errorf("when it fails again, it is %+v", f)
	}
}

func TestARunThatWasKilledIsKnown(t *testing.T) {
	d := newDesk(t)
	d.run()
	ended := d.now
	d.now = d.now.Add(time.Hour)
	d.Begin(t.Context())
	r := d.record()
	if there, _ := d.keeper.Marked(r.Run.Mark); r.Run.Ended != nil || !there {
		t.Errorf("a run under way is %+v, marked %v", r.Run, there)
	}
	d.keeper.marks = nil // a kill
	d.start()
	r = d.record()
	if there, _ := d.keeper.Marked(r.Run.Mark); r.Run.Ended != nil || there {
		t.Errorf("a killed run is %+v, marked %v", r.Run, there)
	}
	if last := r.Last(); last == nil || !last.Ended.Equal(ended) {
		t.Errorf("the last that ended is %+v", last)
	}
	d.Begin(t.Context()) // the next one
	if last := d.record().Last(); last == nil || !last.Ended.Equal(ended) {
		t.Errorf("then the last that ended is %+v", last)
	}
}

func TestARunThatCannotBeginLeavesOneUnderWayAlone(t *testing.T) {
	d := newDesk(t)
	d.Begin(t.Context())
	other := runs.New(d.keeper, "imgserver", func() time.Time { return d.now }, slog.New(slog.DiscardHandler))
	stays := func(string) bool { return true }
	other.End(t.Context(), runs.Run{Error: "no specs"}, nil, stays)
	if r := d.record().Run; r.By != "lxdocker" || r.Ended != nil {
		t.Errorf("the run is %+v", r)
	}
	d.End(t.Context(), runs.Run{}, nil, stays)
	other.End(t.Context(), runs.Run{Error: "no specs"}, nil, stays)
	if r := d.record().Run; r.By != "imgserver" || r.Ended == nil || r.Error != "no specs" {
		t.Errorf("the run is %+v", r)
	}
}

func TestWhatIsPendingIsWrittenOnceAndOnlyIfItMatters(t *testing.T) {
	d := newDesk(t)
	d.Succeeded(onDemand("web", true))
	d.Flush(t.Context())
	if d.keeper.changes != 0 {
		t.Errorf("a success was written %d times", d.keeper.changes)
	}
	for range 3 {
		d.Failed(onDemand("web", true), errGone)
	}
	d.Flush(t.Context())
	d.Flush(t.Context())
	if f := d.record().Failures; d.keeper.changes != 1 || len(f) != 1 || f[0].Times != 3 || f[0].Kind != "not found" {
		t.Errorf("written %d times: %+v", d.keeper.changes, f)
	}
	d.Succeeded(onDemand("web", true))
	d.Flush(t.Context())
	if got := d.titles(); len(got) != 0 {
		t.Errorf("failing are %v", got)
	}
}

func TestTheRecordStaysSmall(t *testing.T) {
	d := newDesk(t)
	long := failed("long")
	long.Title, long.Error = strings.Repeat("ä", 5000), strings.Repeat("ö", 5000)
	many := []runs.Failure{long}
	for i := range 1000 {
		many = append(many, failed(fmt.Sprint("spec-", i)))
	}
	d.run(many...)
	d.Failed(onDemand("known", true), errGone)
	for i := range 5000 {
		d.now = d.now.Add(time.Second)
		d.Failed(onDemand(fmt.Sprint("made-up-", i), false), errGone)
		if i%100 == 0 {
			d.Flush(t.Context())
		}
	}
	d.Flush(t.Context())
	known := 0
	for _, f := range d.record().Failures {
		if f.Hub && f.Known {
			known++
		}
	}
	if r := d.record(); len(r.Failures) != 300 || known != 1 || len(d.keeper.data) > 200<<10 || r.Run.Failed != 1001 {
		t.Errorf("%d failures, %d of known images, %d bytes, %+v", len(r.Failures), known, len(d.keeper.data), r.Run)
	}
	d.now = d.now.Add(48 * time.Hour)
	if n := len(d.record().Failures); n != 201 {
		t.Errorf("two days later there are %d failures", n)
	}
}

func TestADamagedRecordIsSetAside(t *testing.T) {
	for name, data := range map[string]string{"cut off": `{"format":1,"run":{"by`, "no object": `[1]`, "null": `null`, "another type": `{"failures":"none"}`} {
		d := newDesk(t)
		d.keeper.data = []byte(data)
		if _, err := runs.Read(d.keeper, d.now); err == nil {
			t.Errorf("%s: it was read", name)
		}
		d.run(failed("web"))
		if got := d.titles(); len(got) != 1 || string(d.keeper.aside) != data {
			t.Errorf("%s: failing are %v, and %q was set aside", name, got, d.keeper.aside)
		}
	}
}

func TestALaterProgramsKeysStay(t *testing.T) {
	d := newDesk(t)
	d.keeper.data = []byte(`{"format":7,"weather":{"sun":true},"run":{"by":"lxdocker","phase":"moon"},"failures":[{"mood":"bad"}]}`)
	if r := d.record(); r.Run.By != "lxdocker" || len(r.Failures) != 0 {
		t.Errorf("read as %+v", r)
	}
	d.run()
	if text := string(d.keeper.data); !strings.Contains(text, `"sun": true`) || !strings.Contains(text, `"format": 7`) {
		t.Errorf("left is %s", text)
	}
}

func TestWhatCannotBeWrittenStopsNobody(t *testing.T) {
	d := newDesk(t)
	d.keeper.broken = errors.New("no space left on device")
	d.run(failed("web"))
	d.run(failed("web"))
	if n := strings.Count(d.said.String(), "no space left on device"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, &d.said)
	}
	var nobody *runs.Log
	nobody.Begin(t.Context())
	nobody.End(t.Context(), runs.Run{}, nil, nil)
	nobody.Failed(onDemand("web", false), errGone)
	nobody.Flush(t.Context())
	nobody.Next(d.now)
	nobody.Measured("cache", 1, 1)
	nobody.Serve(runs.Server{})
	nobody.Follow(t.Context())
}

func TestServersThatRunAreKnown(t *testing.T) {
	d := newDesk(t)
	serve := func(cert string) (l *runs.Log, end func()) {
		d.start()
		d.Serve(runs.Server{Cert: cert})
		d.Flush(t.Context())
		l = d.Log
		return l, func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			l.Follow(ctx)
		}
	}
	one, endOne := serve("one")
	one.Next(d.now.Add(time.Hour))
	one.Measured("cache", 7, 10)
	one.Flush(t.Context())
	if r := d.record(); len(r.Servers) != 1 || r.Servers[0].Next == nil || r.Cache.Bytes != 7 {
		t.Errorf("it is %+v %+v", r.Servers, r.Cache)
	}
	_, endTwo := serve("two")
	if r := d.record(); len(r.Servers) != 2 {
		t.Errorf("two are %+v", r.Servers)
	}
	endOne()
	if s := d.record().Servers; len(s) != 2 || s[1].Cert != "one" || s[1].Ended == nil || s[1].Next != nil {
		t.Errorf("when one has ended, they are %+v", s)
	}
	serve("three")
	if s := d.record().Servers; len(s) != 2 || s[0].Cert != "two" || s[1].Cert != "three" {
		t.Errorf("when another begins, they are %+v", s)
	}
	endTwo()
}
