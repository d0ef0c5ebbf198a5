// Clock is the program of the container whose start is measured: it says when
// it began and stays.
package main

import (
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

func main() {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		fmt.Println("clock:", err)
		os.Exit(1)
	}
	fmt.Println("clock", now.Nano())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop)
	for s := range stop {
		if s == unix.SIGTERM || s == unix.SIGPWR {
			return
		}
	}
}
