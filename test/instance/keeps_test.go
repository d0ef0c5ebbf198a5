//go:build e2e

package instance

import (
	"net"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/test/testbed"
)

// Everything that people give an instance with the daemon's own client is that of the newer
// one, and of the older one again: devices, addresses, profiles, disks. Snapshots stay with
// the instance that they are of.
func TestWhatPeopleGaveAnInstanceSurvives(t *testing.T) {
	t.Parallel()
	for driver, host := range map[string]string{"dir": "77", "btrfs": "78"} {
		t.Run(driver, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, d testbed.Daemon) { survives(t, d, driver, host) })
		})
	}
}

// types runs a line of the daemon's own client, and returns what it prints.
func typed(t *testing.T, d testbed.Daemon, line string) string {
	t.Helper()
	out, err := d.Run(t.Context(), strings.Fields(line)...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// cleared runs lines of the daemon's own client when the test has ended, whether they work
// or not.
func cleared(t *testing.T, d testbed.Daemon, lines ...string) {
	t.Cleanup(func() {
		for _, line := range lines {
			_, _ = d.Run(background(t), strings.Fields(line)...)
		}
	})
}

// pool makes a storage pool, for as long as the test goes.
func pool(t *testing.T, d testbed.Daemon, name, driver string, options ...string) {
	t.Helper()
	cleared(t, d, "storage delete "+name)
	typed(t, d, strings.Join(append([]string{"storage create", name, driver}, options...), " "))
}

// snapshot takes one of an instance.
func snapshot(t *testing.T, d testbed.Daemon, instance, name string) {
	t.Helper()
	line := "snapshot " + instance + " " + name
	if family(d) == "INCUS" {
		line = "snapshot create " + instance + " " + name
	}
	typed(t, d, line)
}

func survives(t *testing.T, d testbed.Daemon, driver, host string) {
	u, c := at(t, d), connect(t, d)
	web := "keeps-" + driver
	tag, published, admin := tagFor(d, web), unused(t), unused(t)
	if driver == "dir" {
		pool(t, d, web, "dir")
	} else {
		pool(t, d, web, driver, "size=1GiB")
	}
	cleared(t, d, "profile delete "+web, "storage volume delete "+web+" shared", "storage volume delete "+web+" second")
	u.gone(web, web+"-new", web+"-old", web+"-failed")
	for _, line := range []string{
		"storage volume create " + web + " shared",
		"storage volume create " + web + " second",
		"profile create " + web,
		"profile set " + web + " environment.FROM_PROFILE=yes",
		"profile device add " + web + " shared disk pool=" + web + " source=shared path=/shared",
	} {
		typed(t, d, line)
	}
	publishes(t, tag, "goserver")
	u.does("run", "-d", "--name", web, "--pool", web, "--profile", "default", "--profile", web, "-p", published+":8080", image(tag))

	gateway, _, err := net.ParseCIDR(typed(t, d, "network get "+typed(t, d, "profile device get default eth0 network")+" ipv4.address"))
	if err != nil {
		t.Fatal(err)
	}
	static := gateway.String()[:strings.LastIndexByte(gateway.String(), '.')+1] + host
	nat := net.JoinHostPort(gateway.String(), "90"+host)
	for _, line := range []string{
		"config device override " + web + " eth0 ipv4.address=" + static,
		"config device add " + web + " second disk pool=" + web + " source=second path=/second",
		"config device add " + web + " admin proxy listen=tcp:" + admin + " connect=tcp:127.0.0.1:8080",
		"config device add " + web + " nat proxy nat=true listen=tcp:" + nat + " connect=tcp:" + static + ":8080",
		"config set " + web + " user.note=mine",
	} {
		typed(t, d, line)
	}
	u.does("restart", web) // the address comes with the next lease
	all := []string{published, admin, net.JoinHostPort(static, "8080")}
	files := []string{"/data/kept", "/shared/kept", "/second/kept"}
	for _, file := range append(files, "/own") {
		if err := c.WriteFile(t.Context(), web, file, daemon.File{UID: 7, GID: 8, Mode: 0o640}, strings.NewReader(file)); err != nil {
			t.Fatal(err)
		}
	}
	same := func(when string, before daemon.Instance) {
		t.Helper()
		for _, address := range all {
			if s := answers(t, address); !slices.Contains(s.Env, "FROM_PROFILE=yes") {
				t.Errorf("%s it runs with %q", when, s.Env)
			}
		}
		for _, file := range files {
			if data, err := c.ReadFile(t.Context(), web, file, 100); err != nil || string(data) != file {
				t.Errorf("%s %s is %q, %v", when, file, data, err)
			}
		}
		i := u.instance(c, web)
		for name, device := range before.Devices {
			for key, value := range device {
				if i.Devices[name][key] != value {
					t.Errorf("%s %s of the device %s is %q, and was %q", when, key, name, i.Devices[name][key], value)
				}
			}
		}
		if !slices.Equal(i.Profiles, before.Profiles) || i.Config["user.note"] != "mine" || i.Config["volatile.eth0.hwaddr"] != before.Config["volatile.eth0.hwaddr"] {
			t.Errorf("%s it has %q, %q", when, i.Profiles, i.Config)
		}
	}
	snapshots := func(instance, want string) {
		t.Helper()
		if names, err := c.Snapshots(t.Context(), instance); err != nil || strings.Join(names, " ") != want {
			t.Errorf("%s has the snapshots %q, %v", instance, names, err)
		}
	}
	before := u.instance(c, web)
	same("before", before)
	snapshot(t, d, web, "first")

	publishes(t, tag, "health")
	u.does("update", "--steady", "1s", web)
	same("updated", before)
	snapshots(web, "")
	snapshots(web+"-old", "first")
	if _, err := c.ReadFile(t.Context(), web, "/own", 100); !daemon.NotFound(err) {
		t.Errorf("a file outside of volumes has moved: %v", err)
	}
	u.does("revert", web)
	same("reverted", before)
	snapshots(web, "first")
	if data, err := c.ReadFile(t.Context(), web, "/own", 100); err != nil || string(data) != "/own" {
		t.Errorf("its own file is %q, %v", data, err)
	}

	// An image that does not work costs nothing of it either.
	variant(t, tag, unfits["it ends at once"].configure)
	if out, complaints, code := u.types("update", web); code != 3 {
		t.Errorf("exit code %d, %s%s", code, out, complaints)
	}
	same("gone back to", before)
	snapshots(web, "first")
	if got := u.instance(c, web).Config["volatile.uuid"]; got != before.Config["volatile.uuid"] {
		t.Errorf("it is another instance: %s", got)
	}
}
