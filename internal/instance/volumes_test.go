package instance

import (
	"fmt"
	"strings"
	"testing"

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
