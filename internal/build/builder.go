package build

import (
	"context"
	"log/slog"
	"time"

	"lxdocker/internal/convert"
	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/progress"
)

// Builder keeps the images of a store up to date. All fields but the last two must be set.
type Builder struct {
	*convert.Converter
	Retention layer.Retention // of layers that no image needs any more; its Now is not used
	Keep      image.Retention // of versions that are offered
	Display   progress.Display
	Log       *slog.Logger
	Now       func() time.Time

	// Free removes images on demand that nobody has asked for for long, if these have so
	// many bytes: another image needs them. nil: there are none.
	Free func(ctx context.Context, bytes int64)

	// SpaceOf says how much room there is for a folder. nil: as the kernel says.
	SpaceOf func(folder string) (durable.Space, error)

	sources sources
}
