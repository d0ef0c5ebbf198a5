package main

import (
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/build"
	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/layer"
)

// TestStrangersHaveAThirdOfTheDiskForLayers, unless somebody says how much.
func TestStrangersHaveAThirdOfTheDiskForLayers(t *testing.T) {
	layers, err := layer.Open(t.TempDir(), 0, block.NewCodec(block.Fast))
	if err != nil {
		t.Fatal(err)
	}
	disk, err := durable.SpaceOf(layers.Dir())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		onDemand []string
		sized    bool
		want     int64
	}{
		{[]string{"library/*"}, false, disk.Total / 3},
		{[]string{"library/*"}, true, 7},
		{nil, false, 7},
	} {
		b := &build.Builder{Converter: convert.New(convert.Converter{Layers: layers}, 1), Retention: layer.Retention{Size: 7}}
		o := &options{}
		o.OnDemand, o.CacheSized = c.onDemand, func() bool { return c.sized }
		if err := o.boundCache(b); err != nil || b.Retention.Size != c.want {
			t.Errorf("%+v: %d bytes, %v", c, b.Retention.Size, err)
		}
	}
}
