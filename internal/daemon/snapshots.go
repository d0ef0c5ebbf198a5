package daemon

import (
	"context"
	"net/http"
	"path"
	"strings"
)

// Snapshots lists the names of an instance's snapshots.
func (c *Client) Snapshots(ctx context.Context, instance string) (names []string, err error) {
	var paths []string
	_, err = c.ask(ctx, http.MethodGet, instancePath(instance)+"/snapshots", nil, nil, &paths)
	for _, p := range paths {
		p, _, _ = strings.Cut(p, "?") // the project
		names = append(names, path.Base(p))
	}
	return names, err
}
