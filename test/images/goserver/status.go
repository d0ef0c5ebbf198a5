package main

import (
	"net/http"
	"os"
	"strings"
)

// Status is how the program finds itself.
type Status struct {
	PID, ParentPID int
	UID, GID       int
	Groups         []int
	Args           []string
	Env            []string
	WorkDir        string
	Capabilities   string   // effective, as /proc/self/status prints them
	Mounts         []string // mount points
	Hostname       string
}

func status(w http.ResponseWriter, _ *http.Request) {
	s := Status{PID: os.Getpid(), ParentPID: os.Getppid(), UID: os.Getuid(), GID: os.Getgid(), Args: os.Args, Env: os.Environ()}
	s.Groups, _ = os.Getgroups()
	s.WorkDir, _ = os.Getwd()
	s.Hostname, _ = os.Hostname()
	s.Capabilities = field("/proc/self/status", "CapEff:")
	mounts, _ := os.ReadFile("/proc/self/mounts")
	for line := range strings.Lines(string(mounts)) {
		s.Mounts = append(s.Mounts, strings.Fields(line)[1])
	}
	answer(w, s)
}

// field returns the word after key in a file of "key word" lines.
func field(name, key string) string {
	data, _ := os.ReadFile(name)
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == key {
			return words[1]
		}
	}
	return ""
}
