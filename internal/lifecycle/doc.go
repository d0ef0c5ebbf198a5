// Package lifecycle has the words and defaults for how the application of a
// container is stopped, started again and checked: stop signals, restart policies,
// health checks. They are Docker's where Docker has any. Specs, their schema and
// what runs in the container mean the same by them because they ask here.
//
// It reads and writes words: it starts, signals or checks no process.
package lifecycle
