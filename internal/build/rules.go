package build

import (
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
)

// Rules are what people decide about what is kept, and may decide anew while a builder works.
type Rules struct {
	Retention layer.Retention // of layers that no image needs any more; its Now is not used
	Keep      image.Retention // of versions that are offered
}

// Change makes other rules count, from the next time on that something is removed.
func (b *Builder) Change(r Rules) { b.changed.Store(&r) }

// Rules are those that count now.
func (b *Builder) Rules() Rules {
	if now := b.changed.Load(); now != nil {
		return *now
	}
	return Rules{b.Retention, b.Keep}
}
