//go:build e2e

package e2e

import (
	"slices"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// each runs a test on both daemons, with the hub known to their clients.
func each(t *testing.T, h *hub, test func(t *testing.T, d testbed.Daemon)) {
	for _, d := range []testbed.Daemon{bed.LXD, bed.Incus} {
		t.Run(d.Name, func(t *testing.T) { test(t, h.remote(t, d)) })
	}
}

// TestUnifiedImages: one tarball in place of two files, compressed or not.
func TestUnifiedImages(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"gzip", "tar"} {
		t.Run(format, func(t *testing.T) {
			s := newSite(t)
			s.from(t, "caps")
			s.build(t, "--imageformat", format)
			h := s.serve(t)
			image := mustOffer(t, s, h, "caps")["caps"]
			each(t, h, func(t *testing.T, d testbed.Daemon) {
				i := testbed.LaunchIn(t, d, "hub:caps", "unified-"+format)
				inspectCapabilities(t, i, await(t, i, goserver(80).answers))
				if has(t, d, image.in(d)) == nil {
					t.Errorf("the daemon does not have the image %s", image.in(d))
				}
			})
		})
	}
}

// TestChangedBySpec: what a spec says about the program wins over the image.
func TestChangedBySpec(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.write(t, "changed", `
image: `+imageRef("layered")+`
description: changed in all ways
aliases: [other-name]
entrypoint: [goserver, "first arg"]
cmd: ["second\targ", "$HOME"]
env: {PORT: 8081, ADDED: "by the spec", CLOSING: 100ms}
user: "1234:4321"
workdir: /srv/work
stop_signal: SIGQUIT
files:
  - {path: /srv/work/note, content: "written by the spec\n", mode: "0640", uid: 1234, gid: 4321}
  - {path: /srv/work/dir, directory: true, mode: "1777"}
  - {path: /srv/work/link, symlink: note}
  - {path: /srv/t/kept, remove: true}
`)
	s.build(t)
	h := s.serve(t)
	mustOffer(t, s, h, "changed")
	each(t, h, func(t *testing.T, d testbed.Daemon) {
		i := testbed.LaunchIn(t, d, "hub:other-name", "changed")
		address := await(t, i, goserver(8081).answers)
		got, err := goserver(8081).status(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"goserver", "first arg", "second\targ", "$HOME"}; !slices.Equal(got.Args, want) {
			t.Errorf("its arguments are %q, not %q", got.Args, want)
		}
		if got.UID != 1234 || got.GID != 4321 || got.WorkDir != "/srv/work" || !slices.Contains(got.Env, "ADDED=by the spec") {
			t.Errorf("it is started as %+v", got)
		}
		files, err := goserver(8081).tree(t.Context(), address, "/srv")
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]testbed.Node{
			"work/note": {Mode: "-rw-r-----", UID: 1234, GID: 4321, Content: "written by the spec\n"},
			"work/dir":  {Mode: "dtrwxrwxrwx"},
			"work/link": {Mode: "Lrwxrwxrwx", Content: "note"},
			"t/kept":    {},
		} {
			if have := files[name]; have.Mode != want.Mode || have.UID != want.UID || have.GID != want.GID || have.Content != want.Content {
				t.Errorf("%s is %+v, not %+v", name, have, want)
			}
		}
		stopCleanly(t, i, []string{"goserver: stopping: quit", "goserver: closed cleanly"})
	})
}

// TestWithoutSupervisor: the program itself is PID 1 then.
func TestWithoutSupervisor(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.write(t, "alone", "image: "+imageRef("goserver")+"\ndisable_supervisor: true\n")
	s.build(t)
	h := s.serve(t)
	each(t, h, func(t *testing.T, d testbed.Daemon) {
		i := testbed.LaunchIn(t, d, "hub:alone", "alone")
		address := await(t, i, goserver(8080).answers)
		got, err := goserver(8080).status(t.Context(), address)
		if err != nil || got.PID != 1 || got.UID != 65534 {
			t.Errorf("it is started as %+v (%v), not as PID 1 of the user 65534", got, err)
		}
	})
}

// TestInstanceSettings: what the user gives an instance wins over the image: a
// script that runs before the program, variables, and a file of variables.
func TestInstanceSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.from(t, "layered")
	s.build(t)
	h := s.serve(t)
	script := "#!/bin/sh\nset -e\nmkdir -p /data\n" +
		"cat >/data/env <<'E'\n# a comment\nexport FROM_FILE=\"two words\"\nPLAIN=$(touch /data/pwned)\nPORT=8082\nE\n"
	each(t, h, func(t *testing.T, d testbed.Daemon) {
		i := testbed.LaunchIn(t, d, "hub:layered", "settings",
			"-c", "user.lxdocker_init_script="+script, "-c", "environment.LXDOCKER_ENVFILE=/data/env", "-c", "environment.GIVEN=by the instance")
		address := await(t, i, goserver(8082).answers)
		got, err := goserver(8082).status(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"GIVEN=by the instance", "FROM_FILE=two words", "PLAIN=$(touch /data/pwned)"} {
			if !slices.Contains(got.Env, want) {
				t.Errorf("its environment lacks %q: %q", want, got.Env)
			}
		}
		if got.Hostname != "settings" {
			t.Errorf("its host name is %q", got.Hostname)
		}
		files, err := goserver(8082).tree(t.Context(), address, "/data")
		if _, pwned := files["pwned"]; err != nil || pwned {
			t.Errorf("a shell ran what stands in the file of variables (%v)", err)
		}
		if _, err := i.Stop(t.Context(), 10*time.Second); err != nil {
			t.Error(err)
		}
	})
}
