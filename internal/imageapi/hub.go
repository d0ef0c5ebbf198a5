package imageapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"lxdocker/internal/image"
)

// Hub gets images that nobody wrote a spec for.
type Hub interface {
	// Product is what the image is published as that a name means, if this is one of the
	// images that may be asked for.
	Product(name, arch string) (p image.Product, allowed bool)

	// Image returns the version that a name means now, for an architecture in
	// LXD's words (amd64, arm64, armhf…), when it is published. The name is
	// what a person typed, without an architecture: printable, at most 512
	// bytes, and not more than that. client is the address of who asks.
	//
	// It may take as long as converting takes. When ctx ends it returns, and
	// the work goes on. It is asked for names that it could not get a moment
	// ago: Incus asks three times for a name before it gives up.
	//
	// What an error means, and when to ask again, is what package failure says of
	// it. Its text is shown to the person.
	Image(ctx context.Context, name, arch, client string) (image.Version, error)

	// Fresh is told whenever a client asked by name for a version of the hub's that
	// was there already, and returns the version to answer with: the same, or what
	// the name means by now. Unless somebody waits it returns at once.
	Fresh(ctx context.Context, v image.Version, waits bool) image.Version
}

var errEnding = refusal{
	status: http.StatusServiceUnavailable, retryAfter: time.Minute,
	text: "the server is being stopped or restarted; ask again in a minute",
}

// ask waits for the hub, until the client goes away or the server ends.
func (a *api) ask(r *http.Request, n, arch string) (image.Version, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	go func() {
		select {
		case <-a.Ending:
			cancel(errEnding)
		case <-ctx.Done():
		}
	}()
	v, err := a.Hub.Image(ctx, n, arch, ClientOf(r))
	if err != nil && errors.Is(context.Cause(ctx), errEnding) {
		return v, errEnding
	}
	return v, err
}
