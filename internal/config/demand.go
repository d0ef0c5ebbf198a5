package config

import (
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/convert"
	"lxdocker/internal/hub"
	"lxdocker/internal/schedule"
	"lxdocker/internal/settings"
)

// DemandFlags are those of an imgserver that converts as well: images that clients ask
// for, and the specs' ones when they change.
type DemandFlags struct {
	ConvertFlags
	OnDemand, Deny []string
	OnDemandFor    []string
	Specs          string
	Every          time.Duration
	Schedule       string // of the specs; "": Every
	Days           int
	Limits         hub.Limits
	MaxImage       Size
	ImagesSize     Size
	Sized          func() bool // whether somebody has said --images-size
	CacheSized     func() bool // the same for --cache-size
	Strangers      convert.Bounds
	Unpacked       Size // of Strangers.Unpacked
	Keep           RetentionFlags
}

// Register adds the flags to those of a command.
func (o *DemandFlags) Register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.OnDemand, "on-demand", nil, "`PATTERN` of images to convert when a client asks for them, such as docker.io/library/* (repeatable)")
	f.StringArrayVar(&o.Deny, "on-demand-deny", nil, "`PATTERN` of images never to convert on demand (repeatable)")
	f.StringArrayVar(&o.OnDemandFor, "on-demand-for", nil, "`WHO=PATTERN` of images to convert only when WHO asks for them: an address, a range like 10.0.0.0/8, or a user of --users (repeatable)")
	f.StringVar(&o.Cache, "cache", "", "`DIR` for layers and manifests, the same as lxdocker's (required with --on-demand and --specs)")
	f.StringVar(&o.Specs, "specs", "", "`DIR` of specs whose images are kept up to date, as by running lxdocker from cron; when files there change, at once")
	f.DurationVar(&o.Every, "every", time.Hour, "`DURATION` between checks whether tags have moved, of images on demand and, without --schedule, of specs; 0 for never")
	f.StringVar(&o.Schedule, "schedule", "", "build the images of specs at the `TIMES` of five fields as in crontab(5), in local time, such as '17 */6 * * *' or @daily, in place of --every")
	f.IntVar(&o.Days, "on-demand-days", 14, "remove on-demand images that have not been requested for `DAYS` days; 0 for never")
	f.Var(&o.ImagesSize, "images-size", "largest `SIZE` of all on-demand images together; those that have not been requested for the longest time are removed first (default: a third of the disk; 0 for no limit)")
	o.Sized = func() bool { return f.Changed("images-size") }
	f.Var(&o.MaxImage, "max-image", "largest `SIZE` of the compressed layers of an on-demand image (default: no limit)")
	o.Unpacked = 32 << 30
	f.Var(&o.Unpacked, "on-demand-unpacked", "largest `SIZE` that all layers of an on-demand image may unpack to; 0 for as much as --max-unpacked-image")
	f.Int64Var(&o.Strangers.Files, "on-demand-files", 2_000_000, "up to `N` files and directories in all layers of an on-demand image; 0 for as many as --max-files")
	f.DurationVar(&o.Strangers.Time, "on-demand-time", 2*time.Hour, "give up an on-demand image that takes longer than this `DURATION`; 0 for as long as --time-limit")
	f.IntVar(&o.Limits.Conversions, "conversions", 2, "convert up to `N` on-demand images at once")
	f.IntVar(&o.Limits.PerClient, "per-client", 60, "up to `N` new on-demand images per address and hour; 0 for no limit")
	settings.Check(f, "on-demand", func() error { _, err := hub.NewPolicy(o.OnDemand, nil); return err })
	settings.Check(f, "on-demand-deny", func() error { _, err := hub.NewPolicy(nil, o.Deny); return err })
	settings.Check(f, "on-demand-for", func() error { _, err := (&DemandFlags{OnDemandFor: o.OnDemandFor}).Policy(); return err })
	settings.Check(f, "schedule", func() error {
		if o.Schedule == "" {
			return nil
		}
		_, err := schedule.Parse(o.Schedule)
		return err
	})
	settings.AtLeast(f, "every", 0, "0 is never")
	settings.AtLeast(f, "on-demand-days", 0, "0 is never")
	settings.AtLeast(f, "on-demand-files", 0, "0 is as many as --max-files")
	settings.AtLeast(f, "on-demand-time", 0, "0 is as long as --time-limit")
	settings.AtLeast(f, "conversions", 1, "--on-demand left out converts nothing")
	settings.AtLeast(f, "per-client", 0, "0 is no limit")
	o.Keep.Register(f)
	o.RegisterLogins(f)
	o.ConvertFlags.Register(f)
	o.CacheSized = func() bool { return f.Changed("cache-size") }
}

// Wanted says whether there is anything to convert.
func (o *DemandFlags) Wanted() bool { return o.Demanded() || o.Specs != "" }

// Demanded says whether there is anything that clients may ask for.
func (o *DemandFlags) Demanded() bool { return len(o.OnDemand)+len(o.OnDemandFor) > 0 }

// Check finds what is wrong with the flags together.
func (o *DemandFlags) Check() error {
	switch {
	case o.Wanted() && o.Cache == "":
		return command.Usagef("--on-demand, --on-demand-for and --specs need --cache DIR, the folder for layers")
	case o.Logins && !o.Demanded():
		return command.Usagef("--on-demand-logins needs --on-demand: without that, nothing is converted on demand")
	case len(o.Deny) > 0 && !o.Demanded():
		return command.Usagef("--on-demand-deny needs --on-demand: without that, nothing is converted on demand")
	case o.Schedule != "" && o.Specs == "":
		return command.Usagef("--schedule needs --specs: it says when their images are built; images on demand are checked each --every")
	case o.Specs != "" && o.Every == 0 && o.Schedule == "":
		return command.Usagef("--specs with --every 0 would never look at the specs; say --every DURATION or --schedule")
	}
	_, err := o.Policy()
	return err
}

// Timetable says when the images of specs are built.
func (o *DemandFlags) Timetable() (build.Timetable, error) {
	if o.Schedule == "" {
		return build.Every(o.Every), nil
	}
	s, err := schedule.Parse(o.Schedule)
	if err != nil {
		return nil, command.UsageError{Err: err}
	}
	return build.At(s), nil
}

// Policy is what anybody may ask for: what the hub converts and keeps.
func (o *DemandFlags) Policy() (hub.Policy, error) {
	rights, err := o.Rights()
	if err != nil {
		return hub.Policy{}, err
	}
	return o.Allowed(rights...)
}
