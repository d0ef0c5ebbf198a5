package convert

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

func TestWhatAnImageRunsHasNoValuesOfTheEnvironment(t *testing.T) {
	c := Conversion{Job: Job{Edits: spec.Edits{Env: map[string]string{"TOKEN": "secret"}}}, source: &oci.Image{
		Config: oci.Config{
			Entrypoint: []string{"/entry"}, Cmd: []string{"a", "b"}, User: "web", Env: []string{"PATH=/bin"}, Ports: []string{"80/tcp"}, Volumes: []string{"/data"},
			Healthcheck: &oci.Healthcheck{Test: []string{"CMD", "ping"}}, Labels: map[string]string{"source": "https://example.org", "ref.name": "no"},
		},
		Layers: []oci.Layer{{Size: 10}, {Size: 20}},
	}}
	want := &image.Runs{
		Entrypoint: []string{"/entry"}, Cmd: []string{"a", "b"}, User: "web", Environment: []string{"PATH", "TOKEN"}, Ports: []string{"80/tcp"}, Volumes: []string{"/data"},
		Health: []string{"ping"}, LayerSizes: []int64{10, 20},
		Labels: map[string]string{"source": "https://example.org"},
	}
	if got := c.runs(); !reflect.DeepEqual(got, want) {
		t.Errorf("it is %+v, not %+v", got, want)
	}
}

func TestWhatAnImageRunsIsBounded(t *testing.T) {
	c := Conversion{source: &oci.Image{Config: oci.Config{User: strings.Repeat("u", 1<<20), Labels: map[string]string{"url": strings.Repeat("u", 1<<20)}}}}
	for i := range 1000 {
		c.source.Config.Env = append(c.source.Config.Env, fmt.Sprintf("%s%d=", strings.Repeat("x", 2000), i))
	}
	got := c.runs()
	if len(got.User) > 600 || len(got.Labels["url"]) > 600 || len(got.Environment) > 101 || len(got.Environment[0]) > 600 {
		t.Errorf("%d bytes of a user, %d variables of which one has %d bytes", len(got.User), len(got.Environment), len(got.Environment[0]))
	}
}
