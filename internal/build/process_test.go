package build

import (
	"slices"
	"testing"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

var image = oci.Config{
	Entrypoint: []string{"/entry.sh"},
	Cmd:        []string{"serve", "--all"},
	Env:        []string{"PATH=/opt/bin:/bin", "MODE=prod"},
	User:       "app",
	WorkingDir: "/srv",
	StopSignal: "SIGQUIT",
}

func TestWithoutASpecTheImageDecides(t *testing.T) {
	p := process(image, spec.Spec{})
	if want := []string{"/entry.sh", "serve", "--all"}; !slices.Equal(slices.Concat(p.Entrypoint, p.Cmd), want) {
		t.Errorf("command %q, want %q", slices.Concat(p.Entrypoint, p.Cmd), want)
	}
	if p.User != "app" || p.WorkDir != "/srv" || p.StopSignal != "SIGQUIT" || p.Supervise != guest.Always {
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
		p := process(image, spec.Spec{Entrypoint: c.entrypoint, Cmd: c.cmd})
		if got := slices.Concat(p.Entrypoint, p.Cmd); !slices.Equal(got, c.want) {
			t.Errorf("%s: argv %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSpecEnvironmentWinsAndIsSorted(t *testing.T) {
	got := environment(image.Env, map[string]string{"Z": "1", "MODE": "test", "A": ""})
	if want := []string{"PATH=/opt/bin:/bin", "MODE=test", "A=", "Z=1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if image.Env[1] != "MODE=prod" {
		t.Error("the image's own list was changed")
	}
}

func TestSpecWinsOverTheImageAlsoWhenItSaysNothing(t *testing.T) {
	none := ""
	if p := process(image, spec.Spec{User: &none}); p.User != "" {
		t.Errorf("user is %q", p.User)
	}
}
