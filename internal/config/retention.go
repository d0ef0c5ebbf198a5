package config

import (
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/image"
	"lxdocker/internal/settings"
)

// RetentionFlags holds the flags that say how many versions of an image stay on offer.
type RetentionFlags struct {
	versions, days int
}

// mostDays is how many days are kept apart: more overflow a duration.
const mostDays = 100_000

// Register adds the flags to those of a command.
func (k *RetentionFlags) Register(f *pflag.FlagSet) {
	f.IntVar(&k.versions, "keep", 3, "keep the `N` newest versions of each image on offer")
	f.IntVar(&k.days, "keep-days", 0, "also keep versions that were replaced less than `DAYS` days ago")
	settings.AtLeast(f, "keep", 1, "the newest version of an image always stays")
	settings.Between(f, "keep-days", 0, mostDays, "")
}

// Retention is what the flags say.
func (k *RetentionFlags) Retention() image.Retention {
	return image.Retention{Keep: k.versions, Age: time.Duration(k.days) * 24 * time.Hour}
}
