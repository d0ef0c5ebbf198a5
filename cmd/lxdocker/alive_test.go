package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

func TestAProcessIsKnownAgain(t *testing.T) {
	me := process(os.Getpid())
	parts := strings.Split(me, "/")
	if len(parts) != 3 {
		t.Fatalf("this process is %q", me)
	}
	ended := exec.Command("true")
	if err := ended.Start(); err != nil {
		t.Fatal(err)
	}
	gone := process(ended.Process.Pid)
	if err := ended.Wait(); err != nil {
		t.Fatal(err)
	}
	for by, want := range map[string]bool{
		me:                                   true,
		gone:                                 false,
		parts[0] + "/" + parts[1] + "/1":     false, // its number was given to another one
		parts[0] + "/0/1":                    false,
		parts[0] + "/-1/1":                   false,
		parts[0] + "/x/1":                    false,
		parts[0] + "-far/" + parts[1] + "/1": true, // nobody knows
		strconv.Itoa(os.Getpid()):            true,
	} {
		if alive(by) != want {
			t.Errorf("%q lives: %v", by, !want)
		}
	}
}
