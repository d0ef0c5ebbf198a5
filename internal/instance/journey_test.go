package instance

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
)

// Wherever an update is broken off that moves data, the next one leaves one instance of the
// name, with all data that was ever confirmed, and nothing beside.
func TestAJourneyMayEndAnywhere(t *testing.T) {
	for _, image := range []fakeImage{"f2", badImage} {
		for _, late := range []bool{false, true} {
			ended := false
			for dies := 1; !ended; dies++ {
				if dies > 200 {
					t.Fatal("the update does not come to an end")
				}
				t.Run(fmt.Sprintf("to %s, at change %d, made %v", image, dies, late), func(t *testing.T) { ended = journey(t, image, dies, late) })
				if t.Failed() {
					return
				}
			}
		}
	}
}

// journey breaks an update off, and mends what is left. It says whether the update had ended
// by then.
func journey(t *testing.T, image fakeImage, dies int, late bool) bool {
	f, c := newFakeDaemon(t)
	web := f.add(daemon.Instance{Name: "web", Type: "container", Config: map[string]string{setting + "CMD": "serve"}, Devices: daemon.Devices{}}, "f1")
	web.files["/etc/app"] = "mine"
	updater := func(self string, c *daemon.Client) *Updater {
		return &Updater{Daemon: c, Images: image, Self: self, Alive: func(string) bool { return false }, Say: func(string) {}, Now: time.Now,
			Carry:  []string{"/etc/app"},
			Copier: Copier{Machine: "fake", Static: true, Word: "copy", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("program")), nil }}}
	}
	if err := c.Start(t.Context(), "web"); err != nil {
		t.Fatal(err)
	}
	l := &wire{fakeDaemon: f, dies: dies, late: late, dead: make(chan struct{})}
	first := updater("first", l.connect())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var r Result
	var err error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r, err = first.Update(ctx, "web", "x", false)
	}()
	select {
	case <-ended:
	case <-l.dead: // nobody waits for it any more, and it gets no further
	}
	broken := l.cut()
	if !broken {
		outcome, runs := Updated, "f2"
		if image == badImage {
			outcome, runs = WentBack, "f1"
		}
		if err != nil || r.Outcome != outcome {
			t.Errorf("%+v, %v", r, err)
		}
		if got := f.instances["web"]; got.Config["volatile.base_image"] != runs || f.mounted(got) == nil {
			t.Errorf("without a break, it is %q", got.Config)
		}
	}
	if err := updater("second", c).Mend(t.Context(), "web"); err != nil {
		t.Fatalf("%v: %s", err, f)
	}
	f.settled()
	return !broken
}

// settled says if something is not as it has to be when no update is under way.
func (f *fakeDaemon) settled() {
	f.t.Helper()
	web := f.instances["web"]
	if web == nil || !web.Running() || web.quiet() || web.Config[setting+"CMD"] != "serve" || web.Config["user.lxdocker.net"] != "" || web.Config["volatile.eth0.hwaddr"] != "of 0" {
		f.t.Errorf("web is not what it was: %s", f)
		return
	}
	if got := f.data(web); got != f.confirmed {
		f.t.Errorf("its data is %q, and %q was confirmed: %s", got, f.confirmed, f)
	}
	if web.files["/etc/app"] != "mine" {
		f.t.Errorf("it has not what was carried: %s", f)
	}
	for name, v := range f.volumes {
		if used := f.users(name); !slices.Contains(used, "web") || v.Name != "web-data" {
			f.t.Errorf("the volume %s is used by %q: %s", name, used, f)
		}
	}
	for name, i := range f.instances {
		for device := range i.Devices {
			if strings.HasPrefix(device, "lxdocker-moving") {
				f.t.Errorf("%s has the device %s: %s", name, device, f)
			}
		}
		if m, _ := markOf(i.Instance); name != "web" && (i.Running() || i.quiet() || m.Step != stepKept) {
			f.t.Errorf("%s is left behind: %s", name, f)
		}
	}
}

// String says what there is.
func (f *fakeDaemon) String() (text string) {
	for _, name := range slices.Sorted(maps.Keys(f.instances)) {
		i := f.instances[name]
		text += fmt.Sprintf("\n%s: %s, %q, %q, %q", name, i.Status, i.Config, i.Devices, i.files)
	}
	for _, name := range slices.Sorted(maps.Keys(f.volumes)) {
		text += fmt.Sprintf("\nvolume %s: %q", name, f.volumes[name].content)
	}
	return text
}

// An instance that does not run is updated, too, and does not run afterwards.
func TestWhatIsStoppedTravelsAndStaysStopped(t *testing.T) {
	f, c := newFakeDaemon(t)
	web := f.add(daemon.Instance{Name: "web", Type: "container", Devices: daemon.Devices{}}, "f1")
	web.files["/data"], web.files["/etc/app"] = "kept", "mine"
	u := &Updater{Daemon: c, Images: fakeImage("f2"), Self: "first", Alive: func(string) bool { return false }, Say: func(string) {}, Now: time.Now, Carry: []string{"/etc/app/"},
		Copier: Copier{Machine: "fake", Static: true, Word: "copy", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("program")), nil }}}
	r, err := u.Update(t.Context(), "web", "x", true)
	if err != nil || r.Outcome != Would || r.Preview.Known || len(r.Preview.Taken) != 2 || r.Preview.Taken[0] != (Travel{"/data", "web-data", -1}) {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := u.Update(t.Context(), "web", "x", false); err != nil {
		t.Fatal(err)
	}
	web = f.instances["web"]
	if web.Running() || web.quiet() || f.data(web) != "kept" || web.files["/etc/app"] != "mine" || web.Config["volatile.base_image"] != "f2" || len(f.volumes) != 1 {
		t.Errorf("it is left as %s", f)
	}
}

// An update that is refused before anything has happened says why; after a move, both instances
// have the data.
func TestWhatTheNewOneHasWrittenStaysWhenItGoes(t *testing.T) {
	f, c := newFakeDaemon(t)
	f.add(daemon.Instance{Name: "web", Type: "container", Config: map[string]string{setting + "CMD": "serve"}, Devices: daemon.Devices{}}, "f1").files["/etc/app"] = "mine"
	if err := c.Start(t.Context(), "web"); err != nil {
		t.Fatal(err)
	}
	u := &Updater{Daemon: c, Images: fakeImage("f2"), Self: "first", Alive: func(string) bool { return false }, Say: func(string) {}, Now: time.Now,
		Copier: Copier{Machine: "another", Static: true, Word: "copy", Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("program")), nil }}}
	if _, err := u.Update(t.Context(), "web", "x", false); err == nil || !strings.Contains(err.Error(), "which is for another") {
		t.Errorf("on another machine: %v", err)
	}
	f.settled()
	u.Copier.Machine = "fake"
	if _, err := u.Update(t.Context(), "web", "x", false); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Revert(t.Context(), "web"); err != nil {
		t.Fatal(err)
	}
	web := f.instances["web"]
	if got := f.data(web); got != f.confirmed || len(got) != 3 || web.Config["volatile.base_image"] != "f1" {
		t.Errorf("its data is %q, and %q was confirmed: %s", got, f.confirmed, f)
	}
}
