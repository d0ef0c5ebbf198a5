package convert

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"lxdocker/internal/guest"
	"lxdocker/internal/lifecycle"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

var base = oci.Config{
	Entrypoint: []string{"/entry.sh"},
	Cmd:        []string{"serve", "--all"},
	Env:        []string{"PATH=/opt/bin:/bin", "MODE=prod"},
	User:       "app",
	WorkingDir: "/srv",
	StopSignal: "SIGQUIT",
}

func TestWithoutASpecTheImageDecides(t *testing.T) {
	p := process(base, spec.Edits{})
	if want := []string{"/entry.sh", "serve", "--all"}; !slices.Equal(slices.Concat(p.Entrypoint, p.Cmd), want) {
		t.Errorf("command %q, want %q", slices.Concat(p.Entrypoint, p.Cmd), want)
	}
	if p.User != "app" || p.WorkDir != "/srv" || p.StopSignal != "SIGQUIT" || p.Supervise != guest.Decide ||
		p.StopTimeout != nil || p.Restart != (lifecycle.Restart{}) || p.Health != nil || p.ShmSize != 0 {
		t.Errorf("got %+v", p)
	}
}

func TestArgvFollowsDockersRules(t *testing.T) {
	for _, c := range []struct {
		name            string
		entrypoint, cmd *[]string
		want            []string
	}{
		{"a new entrypoint drops the image's cmd", &[]string{"/other"}, nil, []string{"/other"}},
		{"a new cmd keeps the image's entrypoint", nil, &[]string{"worker"}, []string{"/entry.sh", "worker"}},
		{"both", &[]string{"/other"}, &[]string{"x"}, []string{"/other", "x"}},
		{"no entrypoint", &[]string{}, &[]string{"/bin/x"}, []string{"/bin/x"}},
		{"no cmd", nil, &[]string{}, []string{"/entry.sh"}},
	} {
		p := process(base, spec.Edits{Entrypoint: c.entrypoint, Cmd: c.cmd})
		if got := slices.Concat(p.Entrypoint, p.Cmd); !slices.Equal(got, c.want) {
			t.Errorf("%s: argv %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSpecEnvironmentWinsAndIsSorted(t *testing.T) {
	got := environment(base.Env, map[string]string{"Z": "1", "MODE": "test", "A": ""})
	if want := []string{"PATH=/opt/bin:/bin", "MODE=test", "A=", "Z=1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if base.Env[1] != "MODE=prod" {
		t.Error("the image's own list was changed")
	}
}

func TestDoubledEntriesOfTheImageAreOneBeforeTheSpecIsPutOverThem(t *testing.T) {
	image := []string{"A=1", "LXDOCKER_USER=0", "B=1", "A=2", "A", "=x", "odd", "LXDOCKER_USER=00", "A=3"}
	for _, c := range []struct {
		changes map[string]string
		want    []string
	}{
		{nil, []string{"A=3", "LXDOCKER_USER=00", "B=1"}},
		{map[string]string{"A": "spec", "LXDOCKER_USER": "1000"}, []string{"A=spec", "LXDOCKER_USER=1000", "B=1"}},
	} {
		if got := environment(image, c.changes); !slices.Equal(got, c.want) {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestOnlyTheSpecsEnvironmentHasSettings(t *testing.T) {
	image := base
	image.Env = []string{"LXDOCKER_USER=0", "LXDOCKER_RESTART=always", "UDHCPC_NO_DNS=1"}
	for lines, want := range map[string][]string{
		"": nil,
		"user: 1000\nenv: {A: b, LXDOCKER_RESTART: 'no', UDHCPC_NO_DNS: 1, LXDOCKERUSER: x}\n": {"LXDOCKERUSER=x", "LXDOCKER_RESTART=no", "UDHCPC_NO_DNS=1"},
	} {
		if p := process(image, load(t, lines)); !slices.Equal(p.Settings, want) {
			t.Errorf("%q: got %q, want %q", lines, p.Settings, want)
		}
	}
}

func TestSpecWinsOverTheImageAlsoWhenItSaysNothing(t *testing.T) {
	none := ""
	if p := process(base, spec.Edits{User: &none}); p.User != "" {
		t.Errorf("user is %q", p.User)
	}
}

func TestTheSpecDecidesOnPID1OnlyIfItSaysSo(t *testing.T) {
	for text, want := range map[string]guest.Supervision{
		"":                          guest.Decide,
		"disable_supervisor:":       guest.Decide,
		"disable_supervisor: true":  guest.Never,
		"disable_supervisor: false": guest.Always,
	} {
		if p := process(base, load(t, text)); p.Supervise != want {
			t.Errorf("%q: %v, want %v", text, p.Supervise, want)
		}
	}
}

func TestWhatTheSpecSaysOfTheEndReachesTheGuest(t *testing.T) {
	p := process(base, load(t, "stop_timeout: 0\nrestart: on-failure:3\nshm_size: 128m\n"))
	if p.StopTimeout == nil || *p.StopTimeout != 0 || p.Restart != (lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 3}) || p.ShmSize != 128<<20 {
		t.Errorf("got %+v", p)
	}
}

func TestGroupsAndTheLogOfTheSpecReachTheGuest(t *testing.T) {
	p := process(base, load(t, "groups: [video, 44]\nlog_size: 0\n"))
	if !slices.Equal(p.Groups, []string{"video", "44"}) || p.LogSize == nil || *p.LogSize != 0 {
		t.Errorf("got %+v", p)
	}
}

// load reads a spec of nginx with more lines.
func load(t *testing.T, lines string) spec.Edits {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nginx.yaml")
	if err := os.WriteFile(path, []byte("image: nginx\n"+lines), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := spec.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return s.Edits
}
