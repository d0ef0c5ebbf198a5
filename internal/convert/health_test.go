package convert

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
)

func TestTheSpecsHealthCheckGoesOverTheImages(t *testing.T) {
	own := &oci.Healthcheck{Test: []string{"CMD", "/check", "a b"}, Interval: time.Minute, Timeout: time.Second, StartPeriod: time.Hour, StartInterval: 2 * time.Second, Retries: 5}
	ownHealth := func(change func(*guest.Health)) *guest.Health {
		h := &guest.Health{Argv: []string{"/check", "a b"}, Interval: time.Minute, Timeout: time.Second, StartPeriod: time.Hour, StartInterval: 2 * time.Second, Retries: 5}
		change(h)
		return h
	}
	for _, c := range []struct {
		name  string
		image *oci.Healthcheck
		spec  string
		want  *guest.Health
	}{
		{"nobody says anything", nil, "", nil},
		{"the image's", own, "", ownHealth(func(*guest.Health) {})},
		{"the image says NONE", &oci.Healthcheck{Test: []string{"NONE"}}, "", nil},
		{"the image has times only", &oci.Healthcheck{Interval: time.Minute}, "", nil},
		{"the spec's alone", nil, "healthcheck: {test: [CMD, /mine]}", &guest.Health{Argv: []string{"/mine"}}},
		{"another test keeps the image's times", own, "healthcheck: {test: [CMD, /mine]}", ownHealth(func(h *guest.Health) { h.Argv = []string{"/mine"} })},
		{"interval, start period and retries keep the image's test", own, "healthcheck: {interval: 5s, start_period: 0s, retries: 1}",
			ownHealth(func(h *guest.Health) { h.Interval, h.StartPeriod, h.Retries = 5*time.Second, 0, 1 })},
		{"timeout and start interval keep the image's test", own, "healthcheck: {timeout: 7s, start_interval: 8s}",
			ownHealth(func(h *guest.Health) { h.Timeout, h.StartInterval = 7*time.Second, 8*time.Second })},
		{"times without any test", nil, "healthcheck: {interval: 5s}", nil},
		{"a test where the image says NONE", &oci.Healthcheck{Test: []string{"NONE"}}, "healthcheck: {test: [CMD, /mine]}", &guest.Health{Argv: []string{"/mine"}}},
		{"disabled", own, "healthcheck: false", nil},
		{"disabled as in compose files", own, "healthcheck: {disable: true}", nil},
		{"NONE", own, "healthcheck: {test: [NONE]}", nil},
		{"restart for the image's check", own, "on_unhealthy: restart", ownHealth(func(h *guest.Health) { h.Restart = true })},
		{"restart without a check", nil, "on_unhealthy: restart", nil},
		{"nothing", own, "on_unhealthy: nothing", ownHealth(func(*guest.Health) {})},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := process(oci.Config{Entrypoint: []string{"/app"}, Healthcheck: c.image}, load(t, c.spec))
			if !reflect.DeepEqual(p.Health, c.want) {
				t.Errorf("got %+v, want %+v", p.Health, c.want)
			}
		})
	}
}

func TestShellFormsOfChecksRunInTheImagesShell(t *testing.T) {
	const line = "curl -f $URL || exit 1"
	bash := []string{"/bin/bash", "-o", "pipefail", "-c"}
	for _, c := range []struct {
		name  string
		image oci.Config
		spec  string
		want  []string
	}{
		{"the image's check", oci.Config{Healthcheck: &oci.Healthcheck{Test: []string{"CMD-SHELL", line}}}, "", []string{"/bin/sh", "-c", line}},
		{"the image's check and shell", oci.Config{Shell: bash, Healthcheck: &oci.Healthcheck{Test: []string{"CMD-SHELL", line}}}, "", append(slices.Clone(bash), line)},
		{"the spec's check", oci.Config{}, "healthcheck: {test: '" + line + "'}", []string{"/bin/sh", "-c", line}},
		{"the spec's check, the image's shell", oci.Config{Shell: bash}, "healthcheck: {test: [CMD-SHELL, '" + line + "']}", append(slices.Clone(bash), line)},
		{"no shell for the exec form", oci.Config{Shell: bash}, "healthcheck: {test: [CMD, '" + line + "']}", []string{line}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := process(c.image, load(t, c.spec))
			if p.Health == nil || !slices.Equal(p.Health.Argv, c.want) {
				t.Errorf("got %+v, want argv %q", p.Health, c.want)
			}
		})
	}
	if len(bash) != 4 {
		t.Error("the image's own list was changed")
	}
}
