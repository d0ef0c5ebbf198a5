package config

import (
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/image"
)

// RetentionFlags holds the flags that say how many versions of an image stay on offer.
type RetentionFlags struct {
	versions, days int
}

// Register adds the flags to those of a command.
func (k *RetentionFlags) Register(f *pflag.FlagSet) {
	f.IntVar(&k.versions, "keep", 3, "keep the `N` newest versions of each image on offer")
	f.IntVar(&k.days, "keep-days", 0, "also keep versions that were replaced less than `DAYS` days ago")
}

// Retention is what the flags say.
func (k *RetentionFlags) Retention() (image.Retention, error) {
	const most = 100_000 // days; more overflow a duration
	if k.versions < 1 {
		return image.Retention{}, command.Usagef("--keep %d: the newest version of an image always stays, so it is 1 or more", k.versions)
	}
	if k.days < 0 || k.days > most {
		return image.Retention{}, command.Usagef("--keep-days %d: it is a number of days, from 0 to %d", k.days, most)
	}
	return image.Retention{Keep: k.versions, Age: time.Duration(k.days) * 24 * time.Hour}, nil
}
