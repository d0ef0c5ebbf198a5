package source

import (
	"context"
	"fmt"
	"log/slog"

	"lxdocker/internal/oci"
	"lxdocker/internal/oci/archive"
	"lxdocker/internal/oci/registry"
)

// Client resolves references of all kinds. It is safe for concurrent use.
type Client struct {
	*registry.Client

	archives archive.Options
}

// NewClient returns a client. It sends nothing yet. Archives that are compressed
// are unpacked in the folder of the manifest cache.
func NewClient(o registry.Options) (*Client, error) {
	c, err := registry.NewClient(o)
	if err != nil {
		return nil, err
	}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Client{c, archive.Options{Spool: o.CacheDir, Log: log}}, nil
}

// ForStrangers returns the client for images that strangers name; see that of package
// registry.
func (c *Client) ForStrangers() *Client { return &Client{c.Client.ForStrangers(), c.archives} }

// Resolve finds the image that a reference names, for one platform. For a registry
// that is one HEAD request if nothing changed, and none at all if the reference has
// a digest that is known.
func (c *Client) Resolve(ctx context.Context, ref oci.Reference, p oci.Platform) (*oci.Image, error) {
	img, err := c.resolve(ctx, ref, p)
	if err != nil {
		return nil, fmt.Errorf("resolving %s: %w", ref, err)
	}
	return img, nil
}

func (c *Client) resolve(ctx context.Context, ref oci.Reference, p oci.Platform) (*oci.Image, error) {
	switch {
	case ref == (oci.Reference{}):
		return nil, fmt.Errorf("no reference given")
	case ref.Kind() == oci.Registry:
		return c.Client.Resolve(ctx, ref, p)
	}
	return archive.Resolve(ctx, ref, p, c.archives)
}
