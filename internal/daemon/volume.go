package daemon

import (
	"context"
	"net/http"
)

// Volume is a custom storage volume.
type Volume struct {
	Name        string            `json:"name"`
	Description string            `json:"description"`
	Type        string            `json:"type"`
	ContentType string            `json:"content_type"`
	Config      map[string]string `json:"config"`
	UsedBy      []string          `json:"used_by"`
}

func volumePath(pool, name string) string {
	return "/1.0/storage-pools" + escaped(pool) + "/volumes/custom" + escaped(name)
}

// Volume describes a custom volume.
func (c *Client) Volume(ctx context.Context, pool, name string) (v Volume, err error) {
	_, err = c.ask(ctx, http.MethodGet, volumePath(pool, name), nil, nil, &v)
	return v, err
}

// CreateVolume makes an empty custom volume.
func (c *Client) CreateVolume(ctx context.Context, pool string, v Volume) error {
	return c.run(ctx, http.MethodPost, "/1.0/storage-pools"+escaped(pool)+"/volumes/custom", c.onTarget(), map[string]any{
		"name": v.Name, "type": "custom", "content_type": "filesystem", "description": v.Description, "config": v.Config})
}

// DeleteVolume removes a custom volume that nothing uses.
func (c *Client) DeleteVolume(ctx context.Context, pool, name string) error {
	return c.run(ctx, http.MethodDelete, volumePath(pool, name), nil, nil)
}
