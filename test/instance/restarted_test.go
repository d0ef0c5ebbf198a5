//go:build e2e

package instance

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/test/testbed"
)

// A daemon that is killed in the middle of an update, and started again, costs no instance:
// the update goes on or back by itself, and the next one works.
//
// Not beside other tests, whose daemon it is, too.
func TestADaemonThatIsKilledHalfWay(t *testing.T) {
	if !*thorough {
		return // it takes minutes: make kills
	}
	each(t, func(t *testing.T, d testbed.Daemon) {
		for name, says := range map[string]string{
			"making":   "making it from the new image",
			"stopping": "stopping the old one",
			"starting": "starting the new one",
			"waiting":  "waiting whether it works",
		} {
			t.Run(name, func(t *testing.T) { restarted(t, d, "killed-"+name, says) })
		}
	})
}

func restarted(t *testing.T, d testbed.Daemon, web, says string) {
	u := at(t, d)
	tag, address := tagFor(d, web), unused(t)
	publishes(t, tag, "goserver")
	u.gone(web, web+"-new", web+"-old", web+"-failed")
	u.does("run", "-d", "--name", web, "-p", address+":8080", image(tag))
	c := connect(t, d)
	if err := c.WriteFile(t.Context(), web, "/data/kept", daemon.File{Mode: 0o644}, strings.NewReader("kept")); err != nil {
		t.Fatal(err)
	}
	before := u.instance(c, web)
	publishes(t, tag, "health")
	cmd := u.command(t.Context(), "update", "--steady", "1s", web)
	var out bytes.Buffer
	said := &awaited{text: says, seen: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &out, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-said.seen:
	case err := <-ended:
		t.Fatalf("it never says %q: %v, %s%s", says, err, &out, &said.printed)
	}
	if err := bed.Restart(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	err := <-ended
	t.Logf("%v, %s%s", err, &out, &said.printed)
	c = connect(t, d)
	i := u.instance(c, web)
	newer := i.Config["volatile.uuid"] != before.Config["volatile.uuid"]
	if !i.Running() || newer != (err == nil) || i.Config["volatile.eth0.hwaddr"] != before.Config["volatile.eth0.hwaddr"] || i.Config["boot.autostart"] != "" {
		t.Errorf("there is %s, the newer one: %v: %q", present(t, c, web), newer, i.Config)
	}
	u.absent(c, web+"-new")
	answers(t, address)
	if data, err := c.ReadFile(t.Context(), web, "/data/kept", 10); err != nil || string(data) != "kept" {
		t.Errorf("the data is %q, %v", data, err)
	}
	next := "health" // which is not at fault
	if newer {
		next = "goserver"
	}
	publishes(t, tag, next)
	// A daemon may need a minute until its networks are there again.
	for deadline := time.Now().Add(3 * time.Minute); ; {
		out, complaints, code := u.types("update", "--steady", "1s", web)
		if code == 0 && strings.Contains(out, web+": updated") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the next update ends with exit code %d, %s%s", code, out, complaints)
		}
	}
	answers(t, address)
}
