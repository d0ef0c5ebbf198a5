package instance

import (
	"maps"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
)

// updaterOf updates the instances of a fake daemon to an image.
func updaterOf(c *daemon.Client, image fakeImage) *Updater {
	return &Updater{Daemon: c, Images: image, Self: "self", Alive: func(string) bool { return false }, Say: func(string) {}, Now: time.Now}
}

// An instance that an update has made has its mark for ever, and so has a copy of it: one that
// has the name of a new one beside another, runs, and has volumes that the update has made.
func TestACopyIsNotWhatAnUpdateHasMade(t *testing.T) {
	f, c := newFakeDaemon(t)
	u := updaterOf(c, "f3")
	web := f.add(marked(t, "web", mark{Role: roleNew, Of: "web", Step: stepKept, To: "f2"}), "f2")
	mine := f.add(marked(t, "web-new", mark{Role: roleNew, Of: "web", Step: stepKept, To: "f2", Made: &moving{ID: "1", Pool: "p", Volumes: []string{"web-data"}}}), "f2")
	mine.Status = "Running"
	f.volumes["web-data"] = &fakeVolume{Volume: daemon.Volume{Name: "web-data"}, content: "mine"}
	web.Devices = daemon.Devices{}

	if err := u.Mend(t.Context(), "web"); err != nil {
		t.Error(err)
	}
	if _, err := u.Update(t.Context(), "web", "x", false); err == nil || !strings.Contains(err.Error(), "web-new") {
		t.Errorf("an update takes the name of the copy: %v", err)
	}
	if f.instances["web-new"] != mine || !mine.Running() || f.volumes["web-data"] == nil {
		t.Error("the copy or its volume is gone")
	}
}

// What an update has made for a new instance is that instance's own when it stays.
func TestVolumesAreForgottenWhenTheNewOneStays(t *testing.T) {
	f, c := newFakeDaemon(t)
	u := updaterOf(c, "f2")
	f.add(daemon.Instance{Name: "web", Type: "container", Devices: daemon.Devices{}}, "f1")
	if r, err := u.Update(t.Context(), "web", "x", false); err != nil || r.Outcome != Updated {
		t.Fatalf("%+v, %v", r, err)
	}
	if m := markAt(f.instances["web"].Instance); m.Step != stepKept || m.Made != nil {
		t.Errorf("its mark is %+v", m)
	}
	if f.volumes["web-data"] == nil {
		t.Errorf("the volumes are %v", maps.Collect(maps.All(f.volumes)))
	}
}
