//go:build e2e

package instance

import (
	"flag"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

// unfit is a newer image that does not work.
type unfit struct {
	web    string   // name of the instance
	run    []string // its options
	app    string   // what the image runs; "": what is not there
	env    []string // of the image
	init   string   // the instance's init script
	check  string   // its health check; "": none
	health v1.HealthConfig
	update []string // options of the update
	why    string   // it does not work
	logged string   // by its application
	rare   bool     // not tried each time
}

const (
	waits = "echo waiting; exec /busybox-lxd sleep 1000"
	// Of a check: the first time, and then.
	once = "[ -e /tmp/one ] || { echo >/tmp/one; exit 0; }; "
)

var unfits = map[string]unfit{
	"it ends at once": {
		web: "bad-ends", app: "echo no licence; exit 3",
		why: "it has ended with exit code 3", logged: "no licence"},
	"it ends, and is started again": {
		web: "bad-again", rare: true, run: []string{"--restart", "always"}, app: "echo no licence; exit 3",
		why: "started again", logged: "no licence"},
	"there is no such program": {
		web: "bad-program", rare: true, app: "", why: "it has ended with exit code 127"},
	"it is never healthy": {
		web: "bad-never", app: waits, check: "echo no database; exit 1", health: v1.HealthConfig{Interval: time.Second, Retries: 2},
		why: "it is unhealthy: no database", logged: "waiting"},
	"it is healthy, and then it ends": {
		web: "bad-then-ends", app: "until [ -e /tmp/two ]; do /busybox-lxd usleep 100000; done; echo out of memory; exit 5", check: once + "echo >/tmp/two",
		health: v1.HealthConfig{Interval: time.Second}, update: []string{"--steady", "1h"},
		why: "it has ended with exit code 5", logged: "out of memory"},
	"it is healthy, and then it is not": {
		web: "bad-then-not", rare: true, app: waits, check: once + "echo database gone; exit 1",
		health: v1.HealthConfig{Interval: time.Second, Retries: 2}, update: []string{"--steady", "1h"},
		why: "it is unhealthy: database gone", logged: "waiting"},
	"it hangs, and so does its check": {
		web: "bad-hangs", app: waits, check: "/busybox-lxd sleep 1000", health: v1.HealthConfig{Interval: time.Second, Timeout: time.Second, Retries: 2},
		why: "it is unhealthy", logged: "waiting"},
	"it never comes to its application": {
		web: "bad-prelaunch", rare: true, init: `[ -z "$HANG" ] || { echo preparing; exec /busybox-lxd sleep 1000; }`, app: waits, env: []string{"HANG=1"},
		update: []string{"--healthy-within", "4s"},
		why:    "after 4s its application has not started", logged: "preparing"},
	"it never says that it is ready": {
		web: "bad-starts", rare: true, run: []string{"--health-start-interval", "1s"}, app: waits, check: "echo starting up; exit 1",
		health: v1.HealthConfig{Interval: time.Second, StartPeriod: time.Hour}, update: []string{"--healthy-within", "6s"},
		why: "after 6s it is not healthy: starting up", logged: "waiting"},
}

var thorough = flag.Bool("thorough", false, "try all ways in which an image does not work")

func TestAnUpdateThatDoesNotWorkIsUndone(t *testing.T) {
	t.Parallel()
	for name, row := range unfits {
		if row.rare && !*thorough {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, row.isUndone)
		})
	}
}

func (n unfit) configure(c *v1.Config) {
	c.Entrypoint, c.Cmd = script(n.app), nil
	if n.app == "" {
		c.Entrypoint = []string{"/nothing"}
	}
	c.Env = append(slices.Clone(c.Env), n.env...)
	if n.check != "" {
		n.health.Test = append([]string{"CMD"}, script(n.check)...)
		c.Healthcheck = &n.health
	}
}

func (n unfit) isUndone(t *testing.T, d testbed.Daemon) {
	u, c := at(t, d), connect(t, d)
	tag, address := tagFor(d, n.web), unused(t)
	publishes(t, tag, "goserver")
	u.gone(n.web, n.web+"-new", n.web+"-old", n.web+"-failed")
	u.does(slices.Concat([]string{"run", "-d", "--name", n.web, "-p", address + ":8080"}, n.run, []string{image(tag)})...)
	answers(t, address)
	if n.init != "" {
		if _, err := d.Run(t.Context(), "config", "set", n.web, "user.lxdocker_init_script="+n.init); err != nil {
			t.Fatal(err)
		}
	}
	// In its volume, and beside it.
	for _, file := range []string{"/data/kept", "/own"} {
		if err := c.WriteFile(t.Context(), n.web, file, daemon.File{Mode: 0o644}, strings.NewReader("kept")); err != nil {
			t.Fatal(err)
		}
	}
	before := u.instance(c, n.web)
	variant(t, tag, n.configure)
	out, complaints, code := u.types(slices.Concat([]string{"update"}, n.update, []string{n.web})...)
	t.Log(out, complaints)
	if code != 3 || !strings.Contains(out, n.web+": went back") || !strings.Contains(out, n.why) {
		t.Errorf("exit code %d, %s%s", code, out, complaints)
	}
	n.runsAgain(t, u, c, before, address)

	// What it has said is kept for people, and it is not tried again until there is another.
	failed := u.instance(c, n.web+"-failed")
	if failed.Status != "Stopped" || failed.Config["boot.autostart"] != "false" || !strings.Contains(failed.Config["user.lxdocker.update.state"], n.why) {
		t.Errorf("the failed one is %s: %q", failed.Status, failed.Config)
	}
	if out, complaints, _ := u.types("logs", n.web+"-failed"); out+complaints == "" || !strings.Contains(out, n.logged) {
		t.Errorf("its log is %q, %q", out, complaints)
	}
	if out := u.does("update", n.web); !strings.Contains(out, "did not work the last time") {
		t.Errorf("the second time it prints %s", out)
	}
	n.runsAgain(t, u, c, before, address)
	publishes(t, tag, "health")
	u.does("update", "--steady", "1s", n.web)
	if i := u.instance(c, n.web); i.Config["volatile.base_image"] == before.Config["volatile.base_image"] || i.Config["volatile.base_image"] == failed.Config["volatile.base_image"] {
		t.Errorf("it has the image %s", i.Config["volatile.base_image"])
	}
	answers(t, address)
	u.absent(c, n.web+"-new", n.web+"-failed")
	// Its image has gone with it, and that of the one that is kept has not.
	if _, err := c.Image(t.Context(), failed.Config["volatile.base_image"]); !daemon.NotFound(err) {
		t.Errorf("the image that did not work is still there: %v", err)
	}
	if _, err := c.Image(t.Context(), before.Config["volatile.base_image"]); err != nil {
		t.Errorf("the image of the old one: %v", err)
	}
}

// runsAgain says what is wrong with an instance that an update has gone back to.
func (n unfit) runsAgain(t *testing.T, u user, c *daemon.Client, before daemon.Instance, address string) {
	t.Helper()
	after := u.instance(c, n.web)
	for _, key := range []string{"volatile.uuid", "volatile.base_image", "volatile.eth0.hwaddr", "boot.autostart", instance.KeyReference, instance.KeyVolumes} {
		if after.Config[key] != before.Config[key] {
			t.Errorf("%s was %q, and is %q", key, before.Config[key], after.Config[key])
		}
	}
	if !after.Running() || after.Config["user.lxdocker.update.state"] != "" {
		t.Errorf("it is %s: %q", after.Status, after.Config)
	}
	for _, file := range []string{"/data/kept", "/own"} {
		if data, err := c.ReadFile(t.Context(), n.web, file, 10); err != nil || string(data) != "kept" {
			t.Errorf("%s is %q, %v", file, data, err)
		}
	}
	u.absent(c, n.web+"-new", n.web+"-old")
	answers(t, address)
}
