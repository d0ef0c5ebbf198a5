package instance

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
)

func cargoOf(t *testing.T, carried ...string) cargo {
	t.Helper()
	c := cargo{pool: "p", id: "i", folders: []folder{{"/data", "web-data", "disk-data"}, {"/log", "web-log", "disk-log"}}, carried: carried}
	if len(carried) > 0 {
		c.transit = "web-carried"
	}
	return c
}

func TestEachVolumeOfACargoHasAPlaceOfItsOwn(t *testing.T) {
	c := cargoOf(t, "/etc/app", "/opt/x")
	want := ":/data /.lxdocker/moving/0:/ :/log /.lxdocker/moving/1:/ :/etc/app /.lxdocker/moving/2:/etc/app :/opt/x /.lxdocker/moving/2:/opt/x"
	if got := strings.Join(c.outward(), " "); got != want {
		t.Errorf("outward: %s", got)
	}
	if got := strings.Join(c.inward(), " "); got != "/.lxdocker/moving/2:/etc/app :/etc/app /.lxdocker/moving/2:/opt/x :/opt/x" {
		t.Errorf("inward: %s", got)
	}
	staged := c.staged(c.volumes()...)
	if len(staged) != 3 || staged["lxdocker-moving-2"]["source"] != "web-carried" || staged["lxdocker-moving-2"]["path"] != "/.lxdocker/moving/2" || staged["lxdocker-moving-0"]["pool"] != "p" {
		t.Errorf("staged: %q", staged)
	}
	if c := cargoOf(t); slices.Contains(c.volumes(), "") || len(c.inward()) != 0 || c.empty() || !(cargo{}).empty() {
		t.Errorf("without paths that are carried: %q, %q", c.volumes(), c.inward())
	}
}

func TestVolumesOfACargoAreAttachedWhereTheyBelong(t *testing.T) {
	i := daemon.Instance{Config: map[string]string{KeyVolumes: "web-old"}, Devices: daemon.Devices{"http": {"type": "proxy"}}}
	cargoOf(t, "/etc/app").attach(&i)
	if i.Config[KeyVolumes] != "web-old web-data web-log" || len(i.Devices) != 3 || i.Devices["disk-data"]["path"] != "/data" || i.Devices["disk-data"]["source"] != "web-data" {
		t.Errorf("%q, %q", i.Config, i.Devices)
	}
}

// Whatever runs in an instance while it is copied, it is what it was before afterwards.
func TestWhatIsSilencedWakesAsItWas(t *testing.T) {
	before := func() daemon.Instance {
		return daemon.Instance{Config: map[string]string{setting + "CMD": "serve", "user.lxdocker.net": "eth0 none", "user.x": "1"}, Devices: daemon.Devices{"http": {"type": "proxy"}}}
	}
	i, m := before(), mark{Role: roleOld, Of: "web", Step: stepMoving, Moving: &moving{Volumes: []string{"web-data"}}}
	m.Moving.silence(&i, cargoOf(t).staged("web-data"))
	if i.Config[setting+"ENTRYPOINT"] != "/busybox-lxd" || i.Config[setting+"CMD"] != "sleep 1000000000" || i.Config["user.lxdocker.net"] == "eth0 none" || i.Devices["lxdocker-moving-0"] == nil {
		t.Errorf("silenced it has %q, %q", i.Config, i.Devices)
	}
	for key, value := range quiet {
		if value == "" || i.Config[key] != value {
			t.Errorf("%s is %q: that of a profile would count", key, i.Config[key])
		}
	}
	m.Moving.silence(&i, nil) // a crash may come between
	if err := m.on(&i); err != nil {
		t.Fatal(err)
	}
	found, ok := markOf(i)
	if !ok || found.Moving == nil {
		t.Fatal("the mark cannot be read")
	}
	found.Moving.wake(&i)
	delete(i.Config, keyUpdate)
	if want := before(); !maps.Equal(i.Config, want.Config) || !reflect.DeepEqual(i.Devices, want.Devices) {
		t.Errorf("it wakes with %q, %q", i.Config, i.Devices)
	}
	found.Moving.wake(&i)
	if want := before(); !maps.Equal(i.Config, want.Config) || !reflect.DeepEqual(i.Devices, want.Devices) {
		t.Errorf("the second time it wakes with %q, %q", i.Config, i.Devices)
	}
}

func TestWhatCannotBeCarried(t *testing.T) {
	u := &Updater{Now: time.Now}
	i := daemon.Instance{Name: "web", ExpandedDevices: daemon.Devices{"root": {"type": "disk", "path": "/", "pool": "p"}, "srv": {"type": "disk", "path": "/srv/"}}}
	for p, says := range map[string]string{
		"etc/app":         "no path",
		"/":               "no path",
		"/x/..":           "no path",
		"/run/x":          "made anew",
		"/dev":            "made anew",
		"/.lxdocker/exit": "belongs to the image",
		"/sbin":           "/sbin/init belongs to the image",
		"/usr/sbin/init":  "belongs to the image",
		"/srv/a":          "in a volume",
		"/data/x":         "in a volume",
		"/data/../data":   "in a volume",
	} {
		if err := u.carriable(t.Context(), i, p, []string{"/data"}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", p, err)
		}
	}
}

func TestOfALongMessageTheBeginningIsKept(t *testing.T) {
	var b beginning
	for range 3 {
		if n, err := b.Write([]byte(strings.Repeat("x", most/2+1))); n != most/2+1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	}
	if len(b.text) != most {
		t.Errorf("%d bytes are kept", len(b.text))
	}
}
