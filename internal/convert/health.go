package convert

import (
	"slices"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// health puts the spec's check over the image's, key by key, as Docker does with
// the options of `docker run`. nil is no check: nobody wants one, or nobody says
// which.
func health(c oci.Config, e spec.Edits) *guest.Health {
	base := oci.Healthcheck{}
	if c.Healthcheck != nil {
		base = *c.Healthcheck
	}
	changes := spec.Healthcheck{}
	if e.Healthcheck != nil {
		changes = *e.Healthcheck
	}
	test := base.Test
	if changes.Test != nil {
		test = changes.Test
	}
	argv := checkArgv(test, c.Shell)
	if changes.Disable || argv == nil {
		return nil
	}
	return &guest.Health{
		Argv:          argv,
		Interval:      either(changes.Interval, base.Interval),
		Timeout:       either(changes.Timeout, base.Timeout),
		StartPeriod:   either(changes.StartPeriod, base.StartPeriod),
		StartInterval: either(changes.StartInterval, base.StartInterval),
		Retries:       either(changes.Retries, base.Retries),
		Restart:       e.OnUnhealthy == "restart",
	}
}

// checkArgv is the command line of a test in Docker's form; nil is none.
func checkArgv(test, shell []string) []string {
	if len(test) < 2 {
		return nil
	}
	switch test[0] {
	case "CMD":
		return test[1:]
	case "CMD-SHELL":
		if len(shell) == 0 {
			shell = []string{"/bin/sh", "-c"}
		}
		return slices.Concat(shell, test[1:])
	}
	return nil
}
