package main

import (
	"testing"

	"lxdocker/internal/block"
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
		o, flags := newFlags()
		if err := flags.Set("cache-size", "7"); err != nil {
			t.Fatal(err)
		}
		o.OnDemand, o.CacheSized = c.onDemand, func() bool { return c.sized }
		if kept, err := o.kept(layers); err != nil || kept.Retention.Size != c.want {
			t.Errorf("%+v: %d bytes, %v", c, kept.Retention.Size, err)
		}
	}
}
