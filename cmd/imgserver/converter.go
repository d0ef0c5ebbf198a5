package main

import (
	"context"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/failure"
	"lxdocker/internal/hub"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/store"
)

// converter lets the hub use the builder: each knows nothing of the other.
type converter struct {
	builder *build.Builder
	store   *store.Store
}

var _ hub.Converter = converter{}

func (c converter) Convert(ctx context.Context, ref oci.Reference, arch string, background bool) (image.Version, error) {
	v, err := c.builder.Supply(ctx, c.store, build.Demand{Ref: ref, Architecture: arch, Background: background})
	if err != nil && build.Passing(err) {
		err = &hub.Passing{Err: err, After: failure.RetryAfter(err)}
	}
	return v, err
}

func (c converter) Drop(_ context.Context, v image.Version) error { return c.builder.Drop(c.store, v) }

func (c converter) Rest(ref oci.Reference) time.Time { return c.builder.Sources.Rest(ref) }
