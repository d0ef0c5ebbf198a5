//go:build e2e

package instance

import (
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// variant makes a tag mean goserver's image with another configuration.
func variant(t *testing.T, tag string, change func(*v1.Config)) {
	t.Helper()
	from, err := name.ParseReference(image("goserver:latest"), name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	to, err := name.NewTag(image(tag), name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	base, err := remote.Image(from, remote.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	file, err := base.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	config := file.Config
	change(&config)
	changed, err := mutate.Config(base, config)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(to, changed, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// script is a command line of the guest's shell, as goserver's image has none.
func script(text string) []string { return []string{"/busybox-lxd", "sh", "-c", text} }
