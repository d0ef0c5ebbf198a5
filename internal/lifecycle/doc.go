// Package lifecycle has the words and defaults for how the application of a
// container is run, stopped, restarted and checked: the size of /dev/shm, stop
// signals, restart policies, health checks. They are Docker's where Docker has them. Specs, their schema and
// the guest share them.
//
// It only parses and prints. It never starts, signals or checks a process.
package lifecycle
