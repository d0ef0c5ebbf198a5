package processes

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/background"
)

// parent is the environment variable that makes the test program one that starts a process,
// says which, and waits.
const parent = "PROCESSES_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parent) == "" {
		os.Exit(m.Run())
	}
	cmd := exec.Command("sleep", "1000")
	if _, err := New().Start(context.Background(), cmd); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(cmd.Process.Pid)
	select {}
}

// sleeper starts a process that does nothing.
func sleeper(t *testing.T, p *Set) (pid int) {
	t.Helper()
	cmd := exec.Command("sleep", "1000")
	wait, err := p.Start(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = wait()
	})
	return cmd.Process.Pid
}

// state is the letter that proc(5) has for the state of a process; "" if there is none.
func state(pid int) string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(text), ") ")
	letter, _, _ := strings.Cut(rest, " ")
	return letter
}

func becomes(t *testing.T, what string, pid int, is func(state string) bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !is(state(pid)); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: its state is still %q", what, state(pid))
		}
	}
}

func stopped(s string) bool { return s == "T" }
func works(s string) bool   { return s != "T" && s != "" }

func TestProcessesStopWhileSomebodyWaits(t *testing.T) {
	p := New()
	pid := sleeper(t, p)
	usual := background.With(t.Context(), 3)
	p.Quiet(usual)()
	over := p.Quiet(usual)
	if !works(state(pid)) {
		t.Error("it stops for what nobody waits for")
	}
	over()
	over = p.Quiet(background.Young(usual, 3, time.Hour))
	becomes(t, "while somebody waits", pid, stopped)
	second := p.Quiet(background.Young(usual, 3, time.Hour))
	over()
	if p.mu.Lock(); p.waiting != 1 {
		t.Errorf("%d wait", p.waiting)
	}
	p.mu.Unlock()
	second()
	becomes(t, "when nobody waits any more", pid, works)
}

func TestProcessesAreNotStoppedForGood(t *testing.T) {
	p := New()
	pid := sleeper(t, p)
	over := p.Quiet(background.Young(background.With(t.Context(), 3), 3, time.Hour))
	for range 2 {
		becomes(t, "while somebody waits", pid, stopped)
		becomes(t, "while somebody waits for longer", pid, works)
	}
	over()
	becomes(t, "when nobody waits any more", pid, works)
}

func TestNobodyWaitsForLongerThanWorkIsYoung(t *testing.T) {
	p := New()
	_ = p.Quiet(background.Young(background.With(t.Context(), 3), 3, time.Millisecond))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		n := p.waiting
		p.mu.Unlock()
		if n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("somebody still waits")
		}
	}
}

func TestAProcessHasThePriorityOfItsContext(t *testing.T) {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		t.Fatal(err)
	}
	usual := 20 - raw
	cmd := exec.Command("nice") // prints it
	var said strings.Builder
	cmd.Stdout = &said
	wait, err := New().Start(background.With(t.Context(), 3), cmd)
	if err != nil {
		t.Fatal(err)
	}
	if err := wait(); err != nil || said.String() != fmt.Sprintln(min(usual+3, 19)) {
		t.Errorf("it has the niceness %q: %v", said.String(), err)
	}
	if _, err := New().Start(t.Context(), exec.Command("/none")); err == nil {
		t.Error("there is a process of nothing")
	}
}

func TestAProcessEndsWithItsParentHoweverThatEnds(t *testing.T) {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), parent+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(line, &pid); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	if !works(state(pid)) {
		t.Errorf("at first, its state is %q", state(pid))
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	becomes(t, "after the end", pid, func(s string) bool { return s == "" || s == "Z" })
}
