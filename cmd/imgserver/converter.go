package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"lxdocker/internal/background"
	"lxdocker/internal/build"
	"lxdocker/internal/convert"
	"lxdocker/internal/hub"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/store"
)

// converter lets the hub use the builder: each knows nothing of the other.
type converter struct {
	builder *build.Builder
	store   store.Store
	hub     *hub.Hub
	running context.Context // as long as the server
	after   *sync.WaitGroup // of what is done when a client has its answer
	maxSize atomic.Int64    // of an image's layers, compressed: for strangers, not for specs; 0: any number
}

var _ hub.Converter = (*converter)(nil)

func (c *converter) Convert(ctx context.Context, ref oci.Reference, arch string, inBackground bool) (image.Version, error) {
	job, err := convert.Demand(ref, arch)
	if err != nil {
		return image.Version{}, err
	}
	job.MaxSize = c.maxSize.Load()
	job.Room = func(ctx context.Context, bytes int64, made bool) error {
		return c.hub.Claim(ctx, job.Product, bytes, made)
	}
	defer c.after.Go(func() { background.Do(c.running, func() { c.builder.Trim(c.running, c.store) }) })
	defer c.builder.Processes.Quiet(ctx)()
	return c.builder.Update(ctx, c.store, job, inBackground)
}

func (c *converter) Moved(ctx context.Context, ref oci.Reference, arch string) (bool, error) {
	job, err := convert.Demand(ref, arch)
	if err != nil {
		return false, err
	}
	job.MaxSize = c.maxSize.Load()
	return c.builder.Outdated(ctx, c.store, job)
}

func (c *converter) Drop(ctx context.Context, v image.Version) error {
	return c.builder.Drop(ctx, c.store, v.Product())
}

func (c *converter) Remove(ctx context.Context, id image.ID) error {
	return c.store.Remove(ctx, id, "it makes room for others", store.Delete)
}

func (c *converter) Tidy() error { return c.builder.Tidy(context.Background(), c.store) }

func (c *converter) RateLimited(ref oci.Reference) time.Time {
	return c.builder.RateLimited(convert.Job{Ref: ref, OnDemand: true})
}
