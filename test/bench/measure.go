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
)

// measure runs a command to its end.
func measure(ctx context.Context, argv ...string) (figure, error) {
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
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		// A short moment may fall between two samples; the kernel saw it, of one process.
		f.peak = max(f.peak, usage.Maxrss*1024)
	}
	return f, nil
}

// sample returns the largest memory of a session until it is done.
func sample(session int, done <-chan struct{}) (peak int64) {
	for {
		peak = max(peak, resident(session))
		select {
		case <-done:
			return peak
		case <-time.After(10 * time.Millisecond):
		}
	}
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
