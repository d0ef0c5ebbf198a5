// Command imgserver serves the images that lxdocker published to LXD and Incus.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run()) }

// run is main without the exit, so that tests can call the program.
func run() int {
	if len(os.Args) == 2 {
		switch os.Args[1] {
		case assembling:
			return assembleApart(os.Stdin, os.Stdout, os.Stderr)
		case unpacks:
			return unpackApart(os.Stderr)
		}
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	return execute(os.Args[1:], os.Stdout, os.Stderr, signals)
}
