package convert

import (
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

func TestKeyChangesWithEverythingThatChangesTheImage(t *testing.T) {
	layers := func(l block.Level) *layer.Cache {
		cache, err := layer.Open(t.TempDir(), 1<<20, block.NewCodec(l))
		if err != nil {
			t.Fatal(err)
		}
		return cache
	}
	key := func(change func(c *Conversion)) string {
		c := &Conversion{
			Job:       Job{Product: image.Product{Name: "web", Architecture: "amd64"}},
			converter: &Converter{Format: lxdimage.Squashfs, Layers: layers(block.Default)},
			source:    &oci.Image{Digest: "sha256:1"},
			busybox:   program{sum: "busybox"},
		}
		change(c)
		return c.Key()
	}
	one := key(func(*Conversion) {})
	if again := key(func(*Conversion) {}); again != one {
		t.Fatal("the same input has two keys")
	}
	disabled := true
	for name, change := range map[string]func(c *Conversion){
		"manifest":     func(c *Conversion) { c.source.Digest = "sha256:2" },
		"edit":         func(c *Conversion) { c.Edits = spec.Edits{DisableSupervisor: &disabled} },
		"name":         func(c *Conversion) { c.Product.Name = "app" },
		"architecture": func(c *Conversion) { c.Product.Architecture = "arm64" },
		"format":       func(c *Conversion) { c.converter.Format = lxdimage.Gzip },
		"compression":  func(c *Conversion) { c.converter.Layers = layers(block.Best) },
		"busybox":      func(c *Conversion) { c.busybox = program{sum: "new one"} },
		"rule":         func(c *Conversion) { c.verified.rules = []string{"one"} },
	} {
		if key(change) == one {
			t.Errorf("another %s has the same key", name)
		}
	}
}
