package serving

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is what a process has had of all processors, in user and in kernel mode. The
// figures of /proc are of a hundredth of a second; those of the process's clock are exact.
func processorTime(pid int) (time.Duration, error) {
	const clockOfProcess = 2                         // CPUCLOCK_SCHED, of linux/posix-timers.h
	clock := int32(^uint32(pid)<<3) | clockOfProcess // clock_getcpuclockid(3)
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		return 0, fmt.Errorf("reading the processor time of process %d: %w", pid, err)
	}
	return time.Duration(t.Nano()), nil
}

// childrenTime is what a process and its children have had.
func childrenTime(pid int) (total time.Duration, err error) {
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0, fmt.Errorf("finding the children of process %d: %w", pid, err)
	}
	for _, word := range append(strings.Fields(string(list)), strconv.Itoa(pid)) {
		n, err := strconv.Atoi(word)
		if err != nil {
			return 0, err
		}
		t, err := processorTime(n)
		if err != nil {
			return 0, err
		}
		total += t
	}
	return total, nil
}
