package main

import (
	"fmt"
	"time"
)

// The goals of a start.
const (
	largestStart = 150 * time.Millisecond // between /sbin/init and the application, without DHCP
	largestPID1  = 2                      // MiB
)

// judgeStart says what our init costs at a start, and whether that is little.
func judgeStart(daemon string, s start) bool {
	cost := s.guest - s.bare
	fmt.Printf("%s: from start to the application: %d ms without an init, %d ms with ours, %d ms with ours and DHCP\n",
		daemon, s.bare.Milliseconds(), s.guest.Milliseconds(), s.dhcp.Milliseconds())
	fast, small := cost <= largestStart, s.pid1 <= largestPID1<<20
	fmt.Printf("%s: our init takes %d ms; the goal is %d at most\n", verdict(fast), cost.Milliseconds(), largestStart.Milliseconds())
	fmt.Printf("%s: PID 1 has %d KiB in memory, %d of them its own; the goal is %d at most\n", verdict(small), s.pid1>>10, s.private>>10, largestPID1<<10)
	return fast && small
}

func verdict(met bool) string {
	if met {
		return "PASS"
	}
	return "FAIL"
}
