package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// measure runs a command to its end.
func measure(ctx context.Context, argv ...string) (figure, error) {
	unix.Sync()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	// A session of its own: that is how its children are known.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return figure{}, err
	}
	done, sampled := make(chan struct{}), make(chan int64, 1)
	go func() { sampled <- sample(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	f := figure{took: time.Since(began)}
	close(done)
	f.peak = <-sampled
	if err != nil {
		return f, fmt.Errorf("running %s: %w\n%s", strings.Join(argv, " "), err, &said)
	}
	return f, nil
}

// sample returns the largest memory of a session until it is done. It looks for
// new processes less often than at those it knows: that takes longer, and what
// this program takes of the processor the others do not have.
func sample(session int, done <-chan struct{}) (peak int64) {
	pids := []string{strconv.Itoa(session)}
	for n := 0; ; n++ {
		if n%20 == 19 {
			pids = members(session)
		}
		peak = max(peak, resident(pids), highest(session))
		select {
		case <-done:
			return peak
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// members lists the processes of a session.
func members(session int) (pids []string) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// proc(5): what follows the name, which may hold anything, is: state, parent, group, session.
		_, rest, _ := strings.Cut(string(data[bytes.LastIndexByte(data, ')'):]), " ")
		if words := strings.Fields(rest); len(words) > 3 && words[3] == strconv.Itoa(session) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

// resident adds up what processes hold in memory, in bytes.
func resident(pids []string) (total int64) {
	for _, pid := range pids {
		data, err := os.ReadFile(filepath.Join("/proc", pid, "statm"))
		if err != nil {
			continue // it has ended
		}
		var size, pages int64
		if n, _ := fmt.Sscan(string(data), &size, &pages); n == 2 {
			total += pages * int64(os.Getpagesize())
		}
	}
	return total
}

// highest is the largest memory that one process ever had, in bytes: a short moment may
// fall between two samples, but the kernel saw it. The figure of wait4 is useless: it
// includes the memory of this program when it started the other one.
func highest(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0 // it has ended
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	if n, _ := fmt.Sscan(rest, &kib); n != 1 {
		return 0
	}
	return kib << 10
}
