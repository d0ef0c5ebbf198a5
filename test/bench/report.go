package main

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// The goals of a launch.
const (
	againstOwn    = 0.5                   // of what Incus 7 takes to fetch and launch the image itself; for LXD
	longestAnswer = 20 * time.Millisecond // about a name that is known
)

// judgeLaunches says how long a launch takes of an image that nobody has had yet.
func judgeLaunches(ours map[string]launched, theirs, median, longest time.Duration) (met bool) {
	fmt.Printf("Cold launches of nginx, medians of %d runs; by its own OCI support, Incus 7 takes %.2f s.\n", runs, theirs.Seconds())
	fmt.Printf("%-10s%14s%22s%8s%7s\n", "daemon", "lxc launch", "of that, the hub", "ratio", "goal")
	met = true
	for _, name := range slices.Sorted(maps.Keys(ours)) {
		o := ours[name]
		ratio := o.took.Seconds() / theirs.Seconds()
		fmt.Printf("%-10s%12.2f s%20.2f s%8.3f", name, o.took.Seconds(), o.answered.Seconds(), ratio)
		if name == "LXD" { // most of what Incus 7 takes is its own unpacking and its own DHCP, both ways
			fmt.Printf("%7.3g  %s", againstOwn, verdict(ratio <= againstOwn))
			met = met && ratio <= againstOwn
		}
		fmt.Println()
	}
	fast := median <= longestAnswer
	fmt.Printf("%s: with %d images known, a name is answered in %.1f ms, the slowest in %.1f; the goal is %d at most\n",
		verdict(fast), known, median.Seconds()*1e3, longest.Seconds()*1e3, longestAnswer.Milliseconds())
	return met && fast
}

// The goals of a start.
const (
	largestStart = 150 * time.Millisecond // between /sbin/init and the application, without waiting for a DHCP server
	largestPID1  = 2                      // MiB
	largestOurs  = 4                      // MiB, of all our processes
)

// judgeStart says what our init costs at a start, and whether that is little.
func judgeStart(daemon string, s start) bool {
	fmt.Printf("%s: from start to the application, in ms: %d without an init, %d with ours; with an interface: %d without an init, %d with ours and a static address, %d with ours and DHCP\n",
		daemon, s.bare.Milliseconds(), s.guest.Milliseconds(), s.wired.Milliseconds(), s.static.Milliseconds(), s.dhcp.Milliseconds())
	good := judgeCost("our init", s.guest-s.bare)
	good = judgeCost("our init with an interface to set up", s.static-s.wired) && good
	small := s.pid1 <= largestPID1<<20
	fmt.Printf("%s: PID 1 has up to %d KiB in memory, %d of them its own; the goal is %d at most\n", verdict(small), s.pid1>>10, s.private>>10, largestPID1<<10)
	little := s.ours <= largestOurs<<20
	fmt.Printf("%s: all our processes have up to %d KiB; the goal is %d at most\n", verdict(little), s.ours>>10, largestOurs<<10)
	return good && small && little
}

func judgeCost(what string, cost time.Duration) bool {
	fast := cost <= largestStart
	fmt.Printf("%s: %s takes %d ms; the goal is %d at most\n", verdict(fast), what, cost.Milliseconds(), largestStart.Milliseconds())
	return fast
}

func verdict(met bool) string {
	if met {
		return "PASS"
	}
	return "FAIL"
}
