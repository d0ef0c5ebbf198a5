package imageapi

import (
	"context"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
)

// check compares what the catalog has of a product, which somebody asks for, with
// what is there: it may have been removed or damaged by hand. It returns the catalog
// that is right then, which is the same one, mostly.
func (a *api) check(ctx context.Context, c *catalog.Catalog, p image.Product) *catalog.Catalog {
	if a.Check == nil {
		return c
	}
	err := a.Check(ctx, p)
	if err == nil {
		var now *catalog.Catalog
		if now, err = a.Catalog(ctx); err == nil {
			return now
		}
	}
	if ctx.Err() == nil {
		a.Log.Warn("cannot check an image that is asked for", "image", p, "error", err)
	}
	return c
}
