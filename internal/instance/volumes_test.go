package instance

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

// Images that run systemd say that these are volumes.
func TestWhatIsMadeAnewIsNoData(t *testing.T) {
	f, c := newFakeDaemon(t)
	web := f.web(nil)
	f.declared = "/data\x00/sys/fs/cgroup\x00/run\x00/var/run/app\x00/tmp/\x00/../\x00/proc\x00dev/shm\x00"
	web.files["/run/"], web.files["/tmp/"], web.files["/proc/"], web.files["//"] = "x", "x", "x", "x"
	r, err := updaterOf(c, "f2").Update(t.Context(), "web", "x", false)
	if err != nil || r.Outcome != Updated {
		t.Fatalf("%+v, %v", r, err)
	}
	if len(f.volumes) != 1 || len(f.instances["web"].Devices) != 1 {
		t.Errorf("its devices are %q, and there are %d volumes", f.instances["web"].Devices, len(f.volumes))
	}
}

// An instance writes its list of volumes as it likes.
func TestAVolumeForEachLineIsRefused(t *testing.T) {
	f, c := newFakeDaemon(t)
	f.web(nil)
	var many strings.Builder
	for n := range 1000 {
		fmt.Fprintf(&many, "/%d\x00", n)
	}
	f.declared = many.String()
	if _, err := updaterOf(c, "f2").Update(t.Context(), "web", "x", false); failure.KindOf(err) != failure.Unsupported || len(f.volumes) != 1 {
		t.Errorf("%v, and %d volumes", err, len(f.volumes))
	}
}

// Wherever making a volume is broken off, the next update does not find it in the way.
func TestAVolumeIsNotLeftBehind(t *testing.T) {
	for _, late := range []bool{false, true} {
		for dies := 1; dies < 8; dies++ {
			f, c := newFakeDaemon(t)
			f.add(daemon.Instance{Name: "web", Type: "container", Devices: daemon.Devices{}}, "f1")
			l := &wire{fakeDaemon: f, dies: dies, late: late, dead: make(chan struct{})}
			ctx, stop := context.WithCancel(t.Context())
			u := updaterOf(l.connect(), "f2")
			u.Self = "dead"
			go func() { _, _ = u.Update(ctx, "web", "x", false) }()
			<-l.dead
			stop()
			if r, err := updaterOf(c, "f3").Update(t.Context(), "web", "x", false); err != nil || r.Outcome != Updated {
				t.Errorf("broken off at change %d, made %v: %+v, %v", dies, late, r, err)
			}
		}
	}
}

// A version that did not pass keeps its volume for its log; the next version gets it.
func TestTheNextVersionGetsTheVolumeOfOneThatFailed(t *testing.T) {
	f, c := newFakeDaemon(t)
	f.add(daemon.Instance{Name: "web", Type: "container", Devices: daemon.Devices{}}, "f1").Status = "Running"
	if r, err := updaterOf(c, badImage).Update(t.Context(), "web", "x", false); err != nil || r.Outcome != WentBack {
		t.Fatalf("%+v, %v", r, err)
	}
	f.instances["web"].files = map[string]string{}
	f.volumes["web-data"].content = "of the failed one"
	if r, err := updaterOf(c, "f3").Update(t.Context(), "web", "x", false); err != nil || r.Outcome != Updated {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := f.data(f.instances["web"]); !strings.HasPrefix(got, "of the failed one") {
		t.Errorf("it has %q", got)
	}
}
