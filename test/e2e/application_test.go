//go:build e2e

package e2e

import (
	"context"
	"testing"

	"lxdocker/test/testbed"
)

// application is what the tests know of the program in an image.
type application struct {
	image string

	// answers speaks to it over the bridge, as its clients do.
	answers func(ctx context.Context, address string) error

	// keep gives it something to keep; kept fails unless it still has it.
	keep, kept func(ctx context.Context, i *testbed.Instance, address string) error

	// ends is what its own log says when it ended as it wants to.
	ends []string

	// regrets is what its log says at the next start when it had not.
	regrets []string

	// tarball: it has files with capabilities, and so a form of its own for Incus.
	tarball bool

	// inspect, where there is one, looks at what is special about the image.
	inspect func(t *testing.T, i *testbed.Instance, address string)
}

var applications = []application{
	{
		image: "nginx",
		answers: func(ctx context.Context, address string) error {
			return testbed.ExpectPage(ctx, address, "/", "nginx, first edition\n")
		},
		keep: func(ctx context.Context, i *testbed.Instance, _ string) error {
			_, err := i.Exec(ctx, "sh", "-c", "echo kept >/var/www/html/kept")
			return err
		},
		kept: func(ctx context.Context, _ *testbed.Instance, address string) error {
			return testbed.ExpectPage(ctx, address, "/kept", "kept\n")
		},
		ends:    []string{"signal 3 (SIGQUIT) received", "gracefully shutting down", "exited with code 0"},
		inspect: inspectNginx,
	},
	{
		image:   "redis",
		answers: func(ctx context.Context, address string) error { return redis(ctx, address, "PING", "+PONG") },
		keep: func(ctx context.Context, _ *testbed.Instance, address string) error {
			return redis(ctx, address, "SET e2e kept", "+OK")
		},
		kept: func(ctx context.Context, _ *testbed.Instance, address string) error {
			return redis(ctx, address, "GET e2e", "$4\r\nkept")
		},
		ends:    []string{"Saving the final RDB snapshot before exiting", "bye bye"},
		inspect: inspectRedis,
	},
	{
		image:   "mariadb",
		answers: mariadbGreets,
		keep: func(ctx context.Context, i *testbed.Instance, _ string) error {
			return sql(ctx, i, "CREATE DATABASE e2e; CREATE TABLE e2e.t (v TEXT); INSERT INTO e2e.t VALUES ('kept')", "")
		},
		kept: func(ctx context.Context, i *testbed.Instance, _ string) error {
			return sql(ctx, i, "SELECT v FROM e2e.t", "kept\n")
		},
		ends:    []string{"mariadbd: Shutdown complete"},
		regrets: []string{"crash recovery", "initialising the data directory", "was not properly closed"},
		inspect: inspectMariaDB,
	},
	{
		image:   "goserver",
		answers: goserver(8080).answers,
		keep:    goserver(8080).keep,
		kept:    goserver(8080).kept,
		ends:    []string{"goserver: stopping: terminated", "goserver: closed cleanly"},
		inspect: inspectGoserver,
	},
	{
		image:   "caps",
		answers: goserver(80).answers,
		keep:    goserver(80).keep,
		kept:    goserver(80).kept,
		ends:    []string{"goserver: closed cleanly"},
		tarball: true,
		inspect: inspectCapabilities,
	},
	{
		image:   "layered",
		answers: goserver(8080).answers,
		keep:    goserver(8080).keep,
		kept:    goserver(8080).kept,
		ends:    []string{"goserver: closed cleanly"},
		inspect: inspectLayers,
	},
}
