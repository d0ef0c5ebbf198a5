//go:build e2e

package instance

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/agent"
	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

var fleetSize = flag.Int("fleet", 6, "how many instances an agent updates")

const resting = "user.lxdocker.update.resting"

// member makes an instance of a fleet: of an image of its own, with the policy auto.
func (u user) member(name string, needs string, options ...string) {
	u.t.Helper()
	publishes(u.t, tagFor(u.d, name), "goserver")
	u.gone(name, name+"-old", name+"-failed", name+"-new")
	u.does(append(append([]string{"run", "-d", "--name", name}, options...), image(tagFor(u.d, name)))...)
	for key, value := range map[string]string{"user.lxdocker.update": "auto", "user.lxdocker.after": needs} {
		if _, err := u.d.Run(u.t.Context(), "config", "set", name, key, value); err != nil {
			u.t.Fatal(err)
		}
	}
}

// An agent updates a fleet in the order in which its instances need each other; two do not
// work with the newer image, which stops the rest each time, and go back.
func TestAFleetUpdatesItself(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		var names []string
		before, needs := map[string]daemon.Instance{}, map[string]string{}
		bad := []int{1, *fleetSize - 1}
		for n := range *fleetSize {
			name := fmt.Sprintf("fleet-%02d", n)
			var options []string
			if slices.Contains(bad, n) {
				options = []string{"--health-cmd", "exit 1", "--health-interval", "1s", "--health-retries", "2"}
			}
			if n%3 > 0 { // chains of three
				needs[name] = names[n-1]
			}
			u.member(name, needs[name], options...)
			names = append(names, name)
			before[name] = u.instance(c, name)
		}
		for _, name := range names {
			publishes(t, tagFor(d, name), "health")
		}
		began, runs, troubles := time.Now(), 0, 0
		for code := 3; code != 0; runs++ {
			file := filepath.Join(t.TempDir(), "agent.json")
			var out, complaints string
			out, complaints, code = u.types("agent", "--once", "--at-once", "3", "--steady", "1s", "--state", file)
			if code != 0 && code != 3 || runs > len(bad)+troubles+1 {
				t.Fatalf("exit code %d\n%s%s", code, out, complaints)
			}
			for _, e := range stateOf(t, file).Instances {
				if e.Last != nil {
					if e.Last.Outcome == instance.Failed { // trouble of the daemon, which is busy
						troubles++
					}
					t.Logf("run %d: %s %s, down for %.1f s; %s", runs, e.Name, e.Last.Outcome, e.Last.Downtime, e.Last.Why)
				}
			}
		}
		took := time.Since(began)
		stopped := time.Now()
		u.does("stop", names[0])
		u.does("start", names[0])
		t.Logf("%d instances, 3 at once: %v in %d runs; a stop and a start take %v", len(names), took, runs, time.Since(stopped))
		if runs != len(bad)+1 && troubles == 0 {
			t.Errorf("it took %d runs", runs)
		}
		for n, name := range names {
			i := u.instance(c, name)
			same := i.Config["volatile.base_image"] == before[name].Config["volatile.base_image"]
			if same != slices.Contains(bad, n) || !i.Running() || i.Config[resting] != "" || i.Config["volatile.eth0.hwaddr"] != before[name].Config["volatile.eth0.hwaddr"] {
				t.Errorf("%s is %s, with its image of before: %v, and %q", name, i.Status, same, i.Config)
			}
			if needed := needs[name]; needed != "" && needed != names[0] && i.LastUsedAt.Before(u.instance(c, needed).LastUsedAt) {
				t.Errorf("%s was started before %s, which it needs", name, needed)
			}
			if now := present(t, c, name); strings.Contains(now, "-new") || strings.Contains(now, "-failed") != slices.Contains(bad, n) {
				t.Errorf("there is %s", now)
			}
		}
		if out := u.does("agent", "--dry-run"); strings.Count(out, "refused") != len(bad) || strings.Contains(out, "waiting") {
			t.Errorf("at last it prints\n%s", out)
		}
	})
}

func stateOf(t *testing.T, file string) (s agent.State) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The next agent takes up what a killed one has left, and starts what it had stopped.
func TestAnAgentThatIsKilledIsFollowed(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		whole := 10 * time.Second
		ways := map[string]int{}
		for n := range *moments {
			db, web := fmt.Sprintf("killed-db%d", n), fmt.Sprintf("killed-web%d", n)
			u.member(db, "")
			u.member(web, db)
			if err := c.WriteFile(t.Context(), db, "/data/kept", daemon.File{Mode: 0o644}, strings.NewReader("kept")); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{db, web} {
				publishes(t, tagFor(d, name), "health")
			}
			u.does("agent", "--dry-run") // brings the images
			cmd := u.command(t.Context(), "agent", "--once", "--steady", "500ms")
			moment, err := killedWithin(t, cmd, &whole)
			left := strings.ReplaceAll(present(t, c, db)+present(t, c, web), fmt.Sprint(n), "")
			ways[left]++
			out, complaints, code := u.types("agent", "--once", "--steady", "500ms")
			if code != 0 {
				t.Fatalf("killed after %v (%v), which left %s, the next one ends with exit code %d: %s%s", moment, err, left, code, out, complaints)
			}
			for _, name := range []string{db, web} {
				i := u.instance(c, name)
				if now := present(t, c, name); !i.Running() || i.Config[resting] != "" || strings.Contains(now, "new") || strings.Contains(now, "failed") {
					t.Fatalf("killed after %v, which left %s, there is %s: %q", moment, left, now, i.Config)
				}
			}
			if data, err := c.ReadFile(t.Context(), db, "/data/kept", 10); err != nil || string(data) != "kept" {
				t.Fatalf("killed after %v, the data is %q, %v", moment, data, err)
			}
			for _, name := range []string{web, db} {
				u.types("rm", "-f", "-v", name+"-old")
				u.does("rm", "-f", "-v", name)
			}
		}
		t.Logf("what was left when it was killed: %v", ways)
	})
}

// As a service, an agent updates what it was told to by a reload, and ends when it is asked to.
func TestAnAgentIsAService(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		u.member("served", "")
		if _, err := d.Run(t.Context(), "config", "unset", "served", "user.lxdocker.update"); err != nil {
			t.Fatal(err)
		}
		publishes(t, tagFor(d, "served"), "health")
		before := u.instance(c, "served").Config["volatile.base_image"]
		settings, state := filepath.Join(t.TempDir(), "config.yaml"), filepath.Join(t.TempDir(), "agent.json")
		write := func(text string) {
			if err := os.WriteFile(settings, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		write("lxdocker:\n  agent:\n    steady: 1s\n")
		var log bytes.Buffer
		cmd := u.command(t.Context(), "agent", "--config", settings, "--state", state)
		cmd.Stderr = &log
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		await := func(what string, ok func(s agent.State) bool) {
			t.Helper()
			for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
				data, err := os.ReadFile(state)
				var s agent.State
				if err == nil && json.Unmarshal(data, &s) == nil && ok(s) {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("%s: %s, %v\n%s", what, data, err, &log)
				}
			}
		}
		status := func(s agent.State) agent.Status {
			for _, e := range s.Instances {
				if e.Name == "served" {
					return e.Status
				}
			}
			return ""
		}
		await("it is off", func(s agent.State) bool { return status(s) == agent.Disabled && !s.Next.IsZero() })
		write("lxdocker:\n  agent:\n    steady: 1s\n    policy: auto\n    window: ['00:00-24:00 Europe/Berlin']\n")
		if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		await("after a reload it is updated", func(s agent.State) bool { return status(s) == agent.Current })
		if now := u.instance(c, "served").Config["volatile.base_image"]; now == before {
			t.Error("it has the image of before")
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("it ends with %v\n%s", err, &log)
		}
	})
}
