package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// ignored finds the signals that a process ignores, a bit for each, in its status.
var ignored = regexp.MustCompile(`SigIgn:\s*([0-9a-f]+)`)

func TestWhatAssemblesEndsWithItsServerAndNotBySignals(t *testing.T) {
	cmd := apart(t.Context())
	cmd.Args[0] = "imgserver" // TestMain knows by the name which program to be
	var said bytes.Buffer
	cmd.Stderr = &said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	signals := []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}
	for !ignores(t, cmd.Process.Pid, signals) {
		time.Sleep(time.Millisecond)
	}
	for _, s := range signals {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	_ = in.Close() // as when the server ends
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 || said.String() != "imgserver: assembling: reading what to assemble: EOF\n" {
		t.Errorf("it ended with %v, and said %q", err, said.String())
	}
}

func ignores(t *testing.T, pid int, signals []syscall.Signal) bool {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	m := ignored.FindSubmatch(status)
	if m == nil {
		t.Fatalf("it has ended: %s", status)
	}
	mask, err := strconv.ParseUint(string(m[1]), 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range signals {
		if mask&(1<<(s-1)) == 0 {
			return false
		}
	}
	return true
}
