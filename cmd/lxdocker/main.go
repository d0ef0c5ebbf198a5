// Command lxdocker turns OCI images into LXD and Incus images, from a folder of
// one-YAML-per-image specs.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"lxdocker/internal/config"
	"lxdocker/internal/instance/replica"
)

func main() { os.Exit(run()) }

// run is main without the exit, so that tests can call the program.
func run() int {
	if len(os.Args) > 1 && os.Args[1] == replica.Word {
		return replicate(os.Args[2:], os.Stdout, os.Stderr)
	}
	config.LimitMemory()
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as by nohup(1)
		ends = append(ends, syscall.SIGHUP) // a connection that is lost ends nothing half-way
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	defer stop()
	// A second Ctrl-C ends at once: after the first, the default action is back.
	context.AfterFunc(ctx, stop)
	return execute(ctx, os.Args[1:], os.Stdout, os.Stderr)
}
