package instance

import (
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// web adds an instance with its data in a volume.
func (f *fakeDaemon) web(config map[string]string) *fakeInstance {
	f.volumes["web-data"] = &fakeVolume{Volume: daemon.Volume{Name: "web-data"}}
	return f.add(daemon.Instance{Name: "web", Type: "container", Config: config,
		Devices: daemon.Devices{"data": {"type": "disk", "path": "/data", "pool": "p", "source": "web-data"}}}, "f1")
}

// Whoever rests is to run: also if the one that has stopped it is dead, and nobody else knows.
func TestOneThatRestsRunsAfterItsUpdate(t *testing.T) {
	f, c := newFakeDaemon(t)
	f.web(map[string]string{keyResting: "web dead"})
	if r, err := updaterOf(c, "f2").Update(t.Context(), "web", "x", false); err != nil || r.Outcome != Updated {
		t.Fatalf("%+v, %v", r, err)
	}
	if web := f.instances["web"]; !web.Running() || resting(web.Instance) != "" {
		t.Errorf("it is %s: %q", web.Status, web.Config)
	}
}

// What it needs is not there meanwhile: a good image would be refused.
func TestOneThatAnotherHasStoppedIsNotUpdated(t *testing.T) {
	f, c := newFakeDaemon(t)
	f.web(map[string]string{keyResting: "web another"})
	u := updaterOf(c, "f2")
	u.Alive = func(process string) bool { return process == "another" }
	if _, err := u.Update(t.Context(), "web", "x", false); failure.KindOf(err) != failure.Unavailable {
		t.Errorf("updated while it rests: %v", err)
	}
	if f.instances["web"].Config["volatile.base_image"] != "f1" {
		t.Error("it has another image")
	}
}

// One that was asked to stop, and still runs, would end later, and stay down.
func TestOneThatIsOnItsWayDownRunsAgain(t *testing.T) {
	f, c := newFakeDaemon(t)
	web := f.web(map[string]string{keyResting: "web dead"})
	web.Status = "Running"
	if err := updaterOf(c, "f2").Wake(t.Context(), "web"); err != nil {
		t.Fatal(err)
	}
	if f.confirmed == "" || !web.Running() || resting(web.Instance) != "" {
		t.Errorf("it was not started anew: %s, %q", web.Status, web.Config)
	}
}

// A new version that is stopped before it has shown that it works would be refused.
func TestOneThatAnotherUpdatesDoesNotRest(t *testing.T) {
	f, c := newFakeDaemon(t)
	web := f.add(marked(t, "web", mark{Role: roleNew, Of: "web", Step: stepGate, By: "another"}), "f2")
	web.Status = "Running"
	if err := updaterOf(c, "f2").Rest(t.Context(), "web"); failure.KindOf(err) != failure.Unavailable {
		t.Errorf("it was stopped: %v", err)
	}
	if !web.Running() || resting(web.Instance) != "" {
		t.Errorf("it is %s: %q", web.Status, web.Config)
	}
}
