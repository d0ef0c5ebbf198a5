package main

import (
	"fmt"
	"time"
)

// The goals.
const (
	largestRatio = 0.5                    // of nginx's time to the peer's
	largestPeak  = 256                    // MiB, whatever the image's size
	largestStart = 150 * time.Millisecond // between /sbin/init and the application, without DHCP
	largestPID1  = 2                      // MiB
)

func show(results map[string]result) {
	fmt.Printf("%-6s %-28s %8s %8s %9s %8s %8s\n", "image", "what", "seconds", "of peer", "peak MiB", "MB", "of peer")
	for _, image := range images {
		r := results[image.name]
		for _, line := range []struct {
			what string
			figure
		}{
			{"lxdocker, from nothing", r.cold},
			{"lxdocker, changed spec", r.changed},
			{"lxdocker, nothing to do", r.warm},
			{"skopeo + umoci + mksquashfs", r.peer},
		} {
			fmt.Printf("%-6s %-28s %8.2f %8.2f %9d %8.1f %8.2f\n", image.name, line.what,
				line.took.Seconds(), ratio(line.took, r.peer.took), line.peak>>20, float64(line.size)/1e6, ratio(line.size, r.peer.size))
		}
	}
}

func ratio[N ~int64](a, b N) float64 { return float64(a) / float64(b) }

// judge says whether the goals are met.
func judge(results map[string]result) bool {
	nginx, big := results["nginx"], results["big"]
	share := ratio(nginx.cold.took, nginx.peer.took)
	peak := big.cold.peak >> 20
	fast, small := share <= largestRatio, peak <= largestPeak
	fmt.Printf("%s: nginx takes %.2f of the peer's time; the goal is %.2f at most\n", verdict(fast), share, largestRatio)
	fmt.Printf("%s: the big image takes %d MiB at its peak; the goal is %d at most\n", verdict(small), peak, largestPeak)
	return fast && small
}

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
