package durable

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// HolderOf is who has the lock of a file, for people, as far as the kernel tells: that
// may be somebody who has nothing to do with this program.
func HolderOf(path string) string {
	const unknown = "another process"
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return unknown
	}
	locks, err := os.Open("/proc/locks")
	if err != nil {
		return unknown
	}
	defer locks.Close()
	// proc_locks(5): number, kind, advisory, mode, process, MAJOR:MINOR:INODE, range
	file := fmt.Sprintf("%02x:%02x:%d", unix.Major(uint64(st.Dev)), unix.Minor(uint64(st.Dev)), st.Ino)
	for lines := bufio.NewScanner(locks); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[1] == "->" || fields[5] != file {
			continue
		}
		return processName(fields[4])
	}
	return unknown
}

// processName is what a process is called, with its number.
func processName(pid string) string {
	name, err := os.ReadFile("/proc/" + pid + "/comm")
	if err != nil { // it is in another namespace, or has ended
		return "another process"
	}
	return fmt.Sprintf("process %s (%q)", pid, strings.TrimSpace(string(name)))
}
