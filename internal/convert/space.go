package convert

import (
	"math"

	"lxdocker/internal/image"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/store"
)

// Needs says about how many bytes a conversion writes: layers into the cache, unless they
// are there, and the image into the store. It goes by what the manifest says.
func (c *Conversion) Needs() (cache, image int64) {
	// Our compressed output is about as large as the input; ours covers what we add.
	const ours = 4 << 20
	if c.reused.Serial != "" {
		return 0, ours
	}
	seen := map[string]bool{}
	for _, l := range c.source.Layers {
		if !seen[l.Digest] && !c.converter.Layers.Has(l.Digest) {
			cache = plus(cache, max(0, l.Size))
		}
		seen[l.Digest] = true
	}
	image = plus(c.size(), ours)
	if c.converter.Format == lxdimage.Tar {
		image = plus(image, plus(image, image)) // a usual ratio
	}
	return cache, image
}

// plus adds sizes, of which a manifest may claim any.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// sizeOf is how many bytes the files of a draft have.
func sizeOf(d store.Draft) (n int64) {
	for _, kind := range []string{image.Metadata, image.Squashfs, image.Tarball, image.Unified, image.Delta} {
		if f, err := d.Open(kind); err == nil { // most kinds are not there
			n += f.Size()
			_ = f.Close()
		}
	}
	return n
}
