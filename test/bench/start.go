package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/test/testbed"
)

// start holds what it takes to start a container, from `lxc start` to the first
// instruction of the application.
type start struct {
	bare    time.Duration // the application is /sbin/init: the daemon's own share
	guest   time.Duration // with our init before it
	wired   time.Duration // without our init, but with an interface, which the daemon makes
	static  time.Duration // with our init, which gives the interface an address
	dhcp    time.Duration // with our init, which asks for one
	pid1    int64         // bytes of memory that belong to PID 1, the most in any run: all of it, also what it shares
	private int64         // and what only PID 1 has
	ours    int64         // what all processes of ours hold: each alone, and all together
}

// static is an address for which nobody has to be asked: one for documentation
// (RFC 5737).
const static = "eth0 address=192.0.2.2/24 gateway=192.0.2.1 dns=192.0.2.1"

// starts measures a daemon. The kinds take turns, so that whatever else the
// machine does hits all alike.
func starts(ctx context.Context, dir string, d testbed.Daemon, runs int) (s start, err error) {
	images, err := clockImages(ctx, dir)
	if err != nil {
		return s, fmt.Errorf("making the images: %w", err)
	}
	var instances []*testbed.Instance
	defer func() {
		for _, i := range instances {
			_ = i.Delete(context.WithoutCancel(ctx))
		}
	}()
	for alias, files := range images {
		if _, err := d.Run(ctx, append(append([]string{"image", "import"}, files...), "--alias", alias)...); err != nil {
			return s, err
		}
	}
	for _, kind := range []struct {
		name, image string
		wired       bool
		network     string
	}{{"bare", "bare", false, ""}, {"guest", "guest", false, ""}, {"wired", "bare", true, ""}, {"static", "guest", true, static}, {"dhcp", "guest", true, ""}} {
		i, err := prepare(ctx, d, kind.image, "bench-"+kind.name, kind.wired, kind.network)
		instances = append(instances, i)
		if err != nil {
			return s, fmt.Errorf("preparing the container %s: %w", i.Name, err)
		}
	}
	times := make([][]time.Duration, len(instances))
	for range runs {
		for n, i := range instances {
			took, err := startOnce(ctx, i)
			if err != nil {
				return s, fmt.Errorf("starting %s: %w", i.Name, err)
			}
			times[n] = append(times[n], took)
			if n == 1 || n > 2 { // it is ours
				m, err := memoryOf(ctx, i)
				if err != nil {
					return s, fmt.Errorf("measuring the processes of %s: %w", i.Name, err)
				}
				s.pid1, s.private, s.ours = max(s.pid1, m.shared+m.private), max(s.private, m.private), max(s.ours, m.ours)
			}
			if _, err := i.Run(ctx, "stop", "--force", i.Name); err != nil {
				return s, err
			}
		}
	}
	for n, into := range []*time.Duration{&s.bare, &s.guest, &s.wired, &s.static, &s.dhcp} {
		slices.Sort(times[n])
		*into = times[n][runs/2]
	}
	return s, nil
}

func prepare(ctx context.Context, d testbed.Daemon, image, name string, wired bool, network string) (*testbed.Instance, error) {
	i := &testbed.Instance{Daemon: d, Name: name}
	args := []string{"init", image, name}
	if network != "" {
		args = append(args, "-c", "user.lxdocker.net="+network)
	}
	if _, err := d.Run(ctx, args...); err != nil {
		return i, err
	}
	if !wired {
		_, err := d.Run(ctx, "config", "device", "add", name, "eth0", "none") // hides the profile's
		return i, err
	}
	return i, nil
}

var said = regexp.MustCompile(`clock ([0-9]+)`)

// startOnce starts it, and asks the application when it began.
func startOnce(ctx context.Context, i *testbed.Instance) (time.Duration, error) {
	var before unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &before); err != nil {
		return 0, err
	}
	if err := i.Start(ctx); err != nil {
		return 0, err
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		console := i.ConsoleNow(ctx)
		if m := said.FindStringSubmatch(console); m != nil {
			at, err := strconv.ParseInt(m[1], 10, 64)
			return time.Duration(at - before.Nano()), err
		}
	}
	return 0, fmt.Errorf("it says nothing: %s", i.Console(ctx))
}

var pid = regexp.MustCompile(`(?mi)^pid: ([0-9]+)`)

// memory is what the processes of a container hold that are ours, in bytes.
type memory struct {
	shared, private int64 // of PID 1
	ours            int64 // of all: what each has alone, and once what they share
}

func memoryOf(ctx context.Context, i *testbed.Instance) (m memory, err error) {
	info, err := i.Run(ctx, "info", i.Name)
	if err != nil {
		return m, err
	}
	found := pid.FindStringSubmatch(info)
	if found == nil {
		return m, fmt.Errorf("its process id is not in: %s", info)
	}
	if m.shared, m.private, err = heldBy(found[1]); err != nil {
		return m, err
	}
	namespace, err := os.Readlink(filepath.Join("/proc", found[1], "ns/pid"))
	if err != nil {
		return m, err
	}
	m.ours = m.shared
	processes, err := filepath.Glob("/proc/[0-9]*")
	for _, process := range processes {
		its, _ := os.Readlink(process + "/ns/pid")
		program, _ := os.Readlink(process + "/exe")
		if its != namespace || filepath.Base(program) != "busybox-lxd" {
			continue
		}
		if _, private, err := heldBy(filepath.Base(process)); err == nil { // it may have ended
			m.ours += private
		}
	}
	return m, err
}

// heldBy gives what a process has in memory: pages of files, and its own.
func heldBy(pid string) (shared, private int64, err error) {
	status, err := os.ReadFile(filepath.Join("/proc", pid, "status"))
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "RssFile: %d kB", &kib); n == 1 {
			shared = kib << 10
		}
		if n, _ := fmt.Sscanf(line, "RssAnon: %d kB", &kib); n == 1 {
			private = kib << 10
		}
	}
	return shared, private, err
}
