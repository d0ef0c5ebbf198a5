package build

import (
	"log/slog"
	"time"

	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/layer"
	"lxdocker/internal/progress"
)

// Builder keeps the images of a store up to date. All fields must be set.
type Builder struct {
	*convert.Converter
	Retention layer.Retention // of layers that no image needs any more; its Now is not used
	Keep      image.Retention // of versions that are offered
	Display   progress.Display
	Log       *slog.Logger
	Now       func() time.Time
}
