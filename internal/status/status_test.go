package status_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/runs"
	"lxdocker/internal/status"
	"lxdocker/internal/store"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return noon.Add(-d) }

func version(name string, serial int, hub bool, files ...string) image.Version {
	v := image.Version{Name: name, Architecture: "amd64", Serial: noon.Add(time.Duration(serial) * time.Second).Format(image.SerialLayout), Hub: hub, Source: "docker.io/" + name}
	for i, sum := range files {
		v.Files = append(v.Files, image.File{Name: fmt.Sprint("file", i), Size: 100, SHA256: sum})
	}
	return v
}

// sources have one image of a spec and one on demand, and a run that went well.
func sources() status.Sources {
	ended := ago(time.Hour)
	return status.Sources{
		Now: noon,
		Snapshot: store.NewSnapshot([]image.Version{
			version("web", 1, false, "a", "b"), version("web", 2, false, "a", "c"), version("app", 1, true, "a", "d"),
		}, nil),
		Record: &runs.Record{Run: &runs.Run{By: "lxdocker", Process: "7 on host", Began: ago(2 * time.Hour), Ended: &ended, Counts: runs.Counts{Built: 1}}},
		Marked: func(int64) (bool, error) { return false, nil },
		Disks:  []status.Disk{{Of: "images", Folder: "/images", Free: 50 << 30, Size: 100 << 30}},
	}
}

func failing(name string, hub bool, kind failure.Kind, since time.Duration) runs.Failure {
	f := runs.Failure{Product: image.Product{Name: name, Architecture: "amd64"}, Title: name + "/amd64", Hub: hub, Known: true,
		Since: ago(since), Last: ago(time.Minute), Times: 3, Kind: kind.String(), Error: "it is so"}
	return f
}

func TestWhatNeedsAPerson(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*status.Sources)
		want   string // what problems are of, and whose
	}{
		"nothing when all is well":           {func(*status.Sources) {}, ""},
		"nothing when nothing ever happened": {func(s *status.Sources) { s.Record, s.RecordError = nil, fs.ErrNotExist }, ""},
		"a record that is somebody else's":   {func(s *status.Sources) { s.Record, s.RecordError = nil, fs.ErrPermission }, "record "},
		"a damaged record":                   {func(s *status.Sources) { s.Record, s.RecordError = nil, errors.New("damaged") }, "record "},
		"a run that failed":                  {func(s *status.Sources) { s.Record.Run.Error = "no specs" }, "run "},
		"a run that was killed":              {func(s *status.Sources) { s.Record.Run.Ended = nil }, "run "},
		"not a run that somebody has ended":  {func(s *status.Sources) { s.Record.Run.Interrupted = true }, ""},
		"not a run that is under way": {func(s *status.Sources) {
			s.Record.Run.Ended, s.Marked = nil, func(int64) (bool, error) { return true, nil }
		}, ""},
		"not a run of which that cannot be seen": {func(s *status.Sources) {
			s.Record.Run.Ended, s.Marked = nil, func(int64) (bool, error) { return false, fs.ErrPermission }
		}, ""},
		"an image of a spec at once": {func(s *status.Sources) {
			s.Record.Failures = []runs.Failure{failing("web", false, failure.Unavailable, time.Minute)}
		}, "image web/amd64"},
		"a wrong spec": {func(s *status.Sources) {
			s.Record.Failures = []runs.Failure{{Title: "specs/web.yaml", Kind: runs.WrongSpec, Error: "unknown key", Since: noon, Last: noon}}
		}, "spec specs/web.yaml"},
		"an image on demand that is gone from its registry": {func(s *status.Sources) {
			s.Record.Failures = []runs.Failure{failing("app", true, failure.NotFound, time.Minute)}
		}, "image app/amd64"},
		"not one whose registry does not answer for an hour": {func(s *status.Sources) {
			s.Record.Failures = []runs.Failure{failing("app", true, failure.Unavailable, time.Hour)}
		}, ""},
		"one whose registry does not answer for two days": {func(s *status.Sources) {
			s.Record.Failures = []runs.Failure{failing("app", true, failure.RateLimited, 48*time.Hour)}
		}, "image app/amd64"},
		"not a name that never was": {func(s *status.Sources) {
			f := failing("typo", true, failure.NotFound, time.Hour)
			f.Known = false
			s.Record.Failures = []runs.Failure{f}
		}, ""},
		"not an image on demand that is gone": {func(s *status.Sources) {
			s.Record.Failures = []runs.Failure{failing("gone", true, failure.NotFound, time.Hour)}
		}, ""},
		"damage": {func(s *status.Sources) {
			s.Snapshot = s.Snapshot.With(nil, []store.Fault{{Folder: "images/web/amd64/x"}})
		}, "damage "},
		"a disk that is full":     {func(s *status.Sources) { s.Disks[0].Free = 1 << 20 }, "disk images"},
		"not one of unknown size": {func(s *status.Sources) { s.Disks[0].Free, s.Disks[0].Size = 0, 0 }, ""},
		"a certificate that ends": {func(s *status.Sources) {
			s.Certificates = []status.Certificate{{File: "/tls/crt", Problem: "clients will refuse it soon"}}
		}, "certificate /tls/crt"},
	} {
		s := sources()
		c.change(&s)
		r := status.New(s)
		var got []string
		for _, p := range r.Problems {
			got = append(got, p.What+" "+p.Name)
			if p.Text == "" || p.Next == "" {
				t.Errorf("%s: a problem does not say what to do: %+v", name, p)
			}
		}
		if strings.Join(got, ", ") != c.want || r.OK != (c.want == "") {
			t.Errorf("%s: %q, ok %v", name, got, r.OK)
		}
	}
}

func TestEveryKindOfFailureHasANextStep(t *testing.T) {
	said := map[string]failure.Kind{}
	for _, hub := range []bool{false, true} {
		for _, kind := range failure.Kinds() {
			s := sources()
			name := map[bool]string{false: "web", true: "app"}[hub]
			s.Record.Failures = []runs.Failure{failing(name, hub, kind, time.Hour)}
			next := status.New(s).Failing[0].Next
			if other, ok := said[next]; next == "" || ok && other != kind {
				t.Errorf("%v and %v: %q", kind, other, next)
			}
			said[next] = kind
		}
	}
}

func TestACauseHasANextStepOfItsOwn(t *testing.T) {
	for cause, kind := range failure.Causes() {
		for name, hub := range map[string]bool{"web": false, "app": true} {
			s := sources()
			f := failing(name, hub, kind, time.Hour)
			f.Cause = string(cause)
			s.Record.Failures = []runs.Failure{f, failing("other-"+name, hub, kind, time.Hour)}
			s.Record.Failures[1].Known = false // or it would be gone
			got := status.New(s).Failing
			if len(got) != 2 || got[0].Next == got[1].Next || got[0].Cause != string(cause) || got[1].Cause != "" {
				t.Errorf("%s of %s: %+v", cause, name, got)
			}
		}
	}
}

func TestWhatThereIsIsCounted(t *testing.T) {
	s := sources()
	pinned, old := version("db", 1, false, "e"), version("old", 1, false, "f")
	pinned.Pinned, old.Retired = &noon, &noon
	back := version("cache", 1, false, "g")
	back.Undone = []string{"key"}
	s.Snapshot = store.NewSnapshot(append(s.Snapshot.List(), pinned, old, back), nil)
	r := status.New(s)
	if want := (status.Images{Images: 3, Versions: 4, Retired: 1, Bytes: 600}); r.Specs != want {
		t.Errorf("of specs there are %+v", r.Specs)
	}
	if want := (status.Images{Images: 1, Versions: 1, Bytes: 200}); r.OnDemand != want {
		t.Errorf("on demand there are %+v", r.OnDemand)
	}
	if r.Bytes != 700 || r.Disks[0].Bytes != 700 { // a is there once
		t.Errorf("they take %d and %d bytes", r.Bytes, r.Disks[0].Bytes)
	}
	if len(r.Pinned) != 1 || r.Pinned[0].Title != "db/amd64" || len(r.HeldBack) != 1 || r.HeldBack[0].Title != "cache/amd64" {
		t.Errorf("held are %+v and %+v", r.Pinned, r.HeldBack)
	}
}

func TestOnlyARunningServerLooksAgain(t *testing.T) {
	s := sources()
	next, ended := noon.Add(time.Hour), noon
	s.Record.Servers = []runs.Server{{Mark: 1, Next: &next, Limit: 5}, {Mark: 2, Next: &next}, {Mark: 3, Ended: &ended}}
	s.Marked = func(mark int64) (bool, error) { return mark == 1, nil }
	r := status.New(s)
	var got []string
	for _, one := range r.Servers {
		got = append(got, fmt.Sprint(one.State, one.NextLook != nil))
	}
	if want := []string{"under waytrue", "killedfalse", "endedfalse"}; !slices.Equal(got, want) {
		t.Errorf("they are %q", got)
	}
}

func BenchmarkReport(b *testing.B) {
	var all []image.Version
	for i := range 10_000 {
		for serial := range 3 {
			name := fmt.Sprintf("image-%05d", i)
			all = append(all, version(name, serial, i%2 == 0, fmt.Sprint(name, serial), fmt.Sprint(name, "root", serial)))
		}
	}
	s := sources()
	s.Snapshot = store.NewSnapshot(all, nil)
	for b.Loop() {
		status.New(s)
	}
}
