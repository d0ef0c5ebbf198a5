//go:build e2e

package instance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

// user types commands of lxdocker, as somebody on the machine of one daemon does.
type user struct {
	t   *testing.T
	d   testbed.Daemon
	env []string
}

func at(t *testing.T, d testbed.Daemon) user {
	return user{t, d, []string{family(d) + "_DIR=" + d.Dir, "HOME=" + t.TempDir()}}
}

// family is how names of variables begin in the environment of a daemon's client.
func family(d testbed.Daemon) string {
	if d.Name == "LXD" {
		return "LXD"
	}
	return "INCUS"
}

// command is a command line; those that convert share the cache of the testbed.
func (u user) command(ctx context.Context, args ...string) *exec.Cmd {
	if args[0] == "run" || args[0] == "update" || args[0] == "agent" {
		args = append([]string{args[0], "--cache", filepath.Join(bed.Dir, "cache")}, args[1:]...)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "lxdocker"), args...)
	others := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "LXD_") || strings.HasPrefix(v, "INCUS_") })
	cmd.Env = append(others, u.env...)
	return cmd
}

// types runs a command line, and returns what it prints, and its exit code.
func (u user) types(args ...string) (stdout, stderr string, code int) {
	u.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.t.Context()), 10*time.Minute)
	defer cancel()
	var out, complaints bytes.Buffer
	cmd := u.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		u.t.Fatal(err)
	}
	return out.String(), complaints.String(), cmd.ProcessState.ExitCode()
}

// does is types for what has to work.
func (u user) does(args ...string) string {
	u.t.Helper()
	out, complaints, code := u.types(args...)
	if code != 0 {
		u.t.Fatalf("lxdocker %s: exit code %d\n%s%s", strings.Join(args, " "), code, out, complaints)
	}
	return out
}

// gone removes an instance when the test has ended.
func (u user) gone(names ...string) {
	u.t.Cleanup(func() {
		for _, name := range names {
			u.types("rm", "-f", "-v", name)
		}
	})
}

func (u user) listed() map[string]instance.Listed {
	u.t.Helper()
	var all []instance.Listed
	if err := json.Unmarshal([]byte(u.does("ps", "-a", "--json")), &all); err != nil {
		u.t.Fatal(err)
	}
	names := map[string]instance.Listed{}
	for _, l := range all {
		names[l.Name] = l
	}
	return names
}

func image(name string) string { return bed.Registry + "/library/" + name }

// answers waits until goserver answers at an address.
func answers(t *testing.T, address string) testbed.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for {
		s, err := testbed.Goserver(address).Status(ctx)
		if err == nil {
			return s
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func unused(t *testing.T) string {
	t.Helper()
	address, err := testbed.UnusedAddress()
	if err != nil {
		t.Fatal(err)
	}
	return address
}

func TestRunIsLikeDockers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u := at(t, d)
		u.gone("run")
		address := unused(t)
		envfile := filepath.Join(t.TempDir(), "env")
		if err := os.WriteFile(envfile, []byte("# comment\nFROM_FILE=one two\n\nGIVEN\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		u.env = append(u.env, "GIVEN=given here")
		bound := t.TempDir()
		for _, folder := range []string{bound, filepath.Dir(bound)} {
			if err := os.Chmod(folder, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		out := u.does("run", "-d", "--name", "run", "-p", address+":8080", "-e", "SPACED=a  b", "--env-file", envfile, "--user", "1000:1001", "--group-add", "44",
			"-w", "/tmp", "--restart", "on-failure:3", "--stop-timeout", "20", "--shm-size", "32m", "--memory", "256m", "--cpus", "1.5", "--tmpfs", "/run:size=8m",
			"-v", "run-named:/named", "-v", bound+":/bound:ro", "--label", "tier=front", image("goserver"), "one", "two  words", "it's", "")
		if out != "run\n" {
			t.Errorf("it prints %q", out)
		}
		s := answers(t, address)
		if s.UID != 1000 || s.GID != 1001 || !slices.Contains(s.Groups, 44) || s.WorkDir != "/tmp" || s.Hostname != "run" {
			t.Errorf("it runs as %+v", s)
		}
		if !slices.Equal(s.Args[1:], []string{"one", "two  words", "it's", ""}) {
			t.Errorf("its arguments are %q", s.Args)
		}
		for _, variable := range []string{"SPACED=a  b", "FROM_FILE=one two", "GIVEN=given here"} {
			if !slices.Contains(s.Env, variable) {
				t.Errorf("%q is not in %q", variable, s.Env)
			}
		}
		for _, at := range []string{"/data", "/named", "/bound"} {
			if !slices.Contains(s.Mounts, at) {
				t.Errorf("nothing is mounted at %s: %q", at, s.Mounts)
			}
		}
		c := connect(t, d)
		i, err := c.Instance(t.Context(), "run")
		if err != nil || i.Config["limits.memory"] != "256MiB" || i.Config["limits.cpu.allowance"] != "150ms/100ms" || i.Config["user.label.tier"] != "front" ||
			i.Config[instance.KeyReference] != image("goserver") || i.Config[instance.KeyVolumes] != "run-data" {
			t.Errorf("its settings are %q, %v", i.Config, err)
		}
		l := u.listed()["run"]
		host := address[strings.LastIndexByte(address, ':')+1:]
		if l.State != "running" || l.Reference != image("goserver") || l.StartedAt == nil || !slices.Equal(l.Ports, []string{"127.0.0.1:" + host + "->8080/tcp"}) || !strings.HasPrefix(l.Digest, "sha256:") {
			t.Errorf("it is listed as %+v", l)
		}
		if _, complaints, code := u.types("run", "-d", "--name", "run", "-p", address+":8080", image("goserver")); code != 1 || !strings.Contains(complaints, `"run" is already in use`) {
			t.Errorf("a second one of the name: %d, %s", code, complaints)
		}
		if _, complaints, code := u.types("run", "-d", "-p", address+":8080", image("goserver")); code != 1 || !strings.Contains(complaints, "taken by the instance run") {
			t.Errorf("a second one at the port: %d, %s", code, complaints)
		}
		if out := u.does("stop", "run"); out != "run: exit code 0\n" {
			t.Errorf("stop prints %q", out)
		}
		if out, complaints, code := u.types("logs", "--tail", "2", "run"); code != 0 || out != "" || strings.Count(complaints, "\n") != 2 || !strings.Contains(complaints, "closed cleanly") {
			t.Errorf("the log is %q, %q", out, complaints)
		}
		if l := u.listed()["run"]; l.State != "stopped" || l.ExitCode == nil || *l.ExitCode != 0 {
			t.Errorf("it is listed as %+v", l)
		}
		u.does("start", "run")
		answers(t, address)
		u.does("restart", "run")
		answers(t, address)
		if _, complaints, code := u.types("rm", "run"); code != 1 || !strings.Contains(complaints, "it is running") {
			t.Errorf("removing one that runs: %d, %s", code, complaints)
		}
		if out := u.does("rm", "-f", "-v", "run"); out != "run\nvolume run-data\n" {
			t.Errorf("rm prints %q", out)
		}
		if _, err := c.Volume(t.Context(), "default", "run-data"); !daemon.NotFound(err) {
			t.Errorf("the volume of the image: %v", err)
		}
		if err := c.DeleteVolume(t.Context(), "default", "run-named"); err != nil {
			t.Errorf("the volume of the person: %v", err)
		}
	})
}

func TestRunEndsAsTheApplication(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u := at(t, d)
		u.gone("front", "front-2")
		out, complaints, code := u.types("run", "--quiet", "--rm", "--name", "front", "--entrypoint", "/busybox-lxd", image("goserver"),
			"sh", "-c", `n=0; while [ $n -lt 2000 ]; do echo "line $n"; n=$((n+1)); done; echo "to  stderr" >&2; exit 7`)
		if code != 7 || strings.Count(out, "\n") != 2000 || !strings.HasSuffix(out, "line 1999\n") || !strings.HasPrefix(complaints, "to  stderr\n") {
			t.Errorf("exit code %d, %d lines, %q", code, strings.Count(out, "\n"), complaints)
		}
		if l, there := u.listed()["front"]; there {
			t.Errorf("with --rm it stays: %+v", l)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
		defer cancel()
		cmd := u.command(ctx, "run", "--quiet", "--name", "front-2", "--no-healthcheck", image("health"))
		w := interruptedAt(t, ctx, cmd, "listening")
		if err := cmd.Wait(); err != nil {
			t.Errorf("after Ctrl-C it ends with %v", err)
		}
		if !strings.Contains(w.printed.String(), "closed cleanly") {
			t.Errorf("it prints %q", w.printed.String())
		}
	})
}

func TestWhatCannotRunLeavesNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		taken, err := testbedListener(t)
		if err != nil {
			t.Fatal(err)
		}
		for name, row := range map[string]struct {
			args []string
			says string
			code int
		}{
			"the port is another program's": {[]string{"-p", taken + ":8080", image("goserver")}, "address already in use", 1},
			"there is no such image":        {[]string{image("nothing")}, "check the spelling", 1},
			"there is no such folder":       {[]string{"-v", "/nowhere/at/all:/x", image("goserver")}, "/nowhere/at/all", 1},
			"there is no such pool":         {[]string{"--pool", "none", image("goserver")}, "Storage pool not found", 1},
			"there is no such profile":      {[]string{"--profile", "none", image("goserver")}, "profile none", 1},
			"a setting is wrong":            {[]string{"--restart", "sometimes", image("goserver")}, "is no policy", 2},
			"a variable is empty":           {[]string{"-e", "X=", image("goserver")}, "LXDOCKER_ENVFILE", 2},
			"a folder is mounted twice":     {[]string{"-v", "a:/x", "-v", "b:/x/", image("goserver")}, "something else is mounted at /x", 2},
			"it is an option of docker's":   {[]string{"--cap-add", "NET_ADMIN", image("goserver")}, "own user namespace", 2},
			"nobody says that it is meant":  {[]string{"--privileged", image("goserver")}, "--privileged=nesting", 2},
			"there is no such device":       {[]string{"--device", "/dev/nothing-at-all", image("goserver")}, "no such device", 1},
			"there is no such card":         {[]string{"--gpus", "device=GPU-0000", image("goserver")}, "no graphics card", 1},
			"the signal is none":            {[]string{"--stop-signal", "SIGNOTHING", image("goserver")}, "is no signal", 2},
		} {
			out, complaints, code := u.types(append([]string{"run", "-d", "--name", "failing"}, row.args...)...)
			if code != row.code || !strings.Contains(complaints, row.says) {
				t.Errorf("%s: exit code %d, %s%s", name, code, out, complaints)
			}
			if _, err := c.Instance(t.Context(), "failing"); !daemon.NotFound(err) {
				t.Errorf("%s: the instance: %v", name, err)
			}
			if _, err := c.Volume(t.Context(), "default", "failing-data"); !daemon.NotFound(err) {
				t.Errorf("%s: the volume: %v", name, err)
			}
		}
		if out, complaints, code := u.types("stop", "failing"); code != 1 || !strings.Contains(complaints, "stopping failing") {
			t.Errorf("stopping what is not there: exit code %d, %s%s", code, out, complaints)
		}
	})
}

// background outlives the test that it cleans up after.
func background(t *testing.T) context.Context { return context.WithoutCancel(t.Context()) }
