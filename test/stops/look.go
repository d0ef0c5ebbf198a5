package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// look says what the processes do that have to do with a container: liblxc's
// monitor and what is below it, and the daemon's helpers that name it.
func look(name string) string {
	var b strings.Builder
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, line := range lines {
		text, _ := os.ReadFile(line)
		words := strings.ReplaceAll(strings.TrimRight(string(text), "\x00"), "\x00", " ")
		if !strings.Contains(words, name) {
			continue
		}
		dir := filepath.Dir(line)
		describe(&b, dir, words)
		children, _ := filepath.Glob(dir + "/task/*/children")
		for _, file := range children {
			pids, _ := os.ReadFile(file)
			for _, pid := range strings.Fields(string(pids)) {
				below, _ := os.ReadFile("/proc/" + pid + "/cmdline")
				describe(&b, "/proc/"+pid, strings.ReplaceAll(string(below), "\x00", " "))
			}
		}
	}
	return b.String()
}

func describe(b *strings.Builder, dir, words string) {
	fmt.Fprintf(b, "%s: %.200s\n", dir, words)
	tasks, _ := filepath.Glob(dir + "/task/*")
	for _, task := range tasks {
		for _, file := range []string{"wchan", "syscall", "stack"} {
			text, _ := os.ReadFile(filepath.Join(task, file))
			fmt.Fprintf(b, "  %s %s: %s\n", filepath.Base(task), file, strings.TrimSpace(string(text)))
		}
	}
}
