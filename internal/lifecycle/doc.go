// Package lifecycle has the words and defaults for how a container's application is run,
// stopped, restarted and checked: the size of /dev/shm, stop signals, restart policies and
// health checks. They are Docker's where Docker has them. Specs, their schema and the guest
// share them.
//
// The package only parses and formats. It never starts, signals or checks a process.
package lifecycle
