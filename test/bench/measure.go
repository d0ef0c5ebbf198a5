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

// sample returns the largest memory of a session until it is done.
func sample(session int, done <-chan struct{}) (peak int64) {
	for {
		peak = max(peak, resident(session), highest(session))
		select {
		case <-done:
			return peak
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// highest is the largest memory that one process ever had, in bytes: a short
// moment may fall between two samples, but the kernel saw it. What wait4 says of
// that is of no use: it counts what this program had when it started the other.
func highest(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0 // it has ended
	}
	var kib int64
	for line := range strings.Lines(string(status)) {
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kib); n == 1 {
			return kib << 10
		}
	}
	return 0
}

// resident adds up what the processes of a session hold in memory, in bytes.
func resident(session int) (total int64) {
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		// proc(5): what follows the name, which may hold anything, is: state, parent, group, session, … and rss as the 22nd.
		_, rest, _ := strings.Cut(string(data[bytes.LastIndexByte(data, ')'):]), " ")
		words := strings.Fields(rest)
		if len(words) < 22 || words[3] != strconv.Itoa(session) {
			continue
		}
		if pages, err := strconv.ParseInt(words[21], 10, 64); err == nil {
			total += pages * int64(os.Getpagesize())
		}
	}
	return total
}
