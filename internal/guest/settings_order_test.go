package guest

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

// hostileSettings has a value for every setting that changes something.
func hostileSettings(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{
		"LXDOCKER_CMD": "pwned", "LXDOCKER_ENTRYPOINT": "/bin/other", "LXDOCKER_ENVFILE": "/image.env", "LXDOCKER_GROUPS": "4711", "LXDOCKER_HEALTH_CMD": "touch /out/pwned",
		"LXDOCKER_HEALTH_INTERVAL": "1ms", "LXDOCKER_HEALTH_RETRIES": "1", "LXDOCKER_HEALTH_START_INTERVAL": "1ms", "LXDOCKER_HEALTH_START_PERIOD": "9h", "LXDOCKER_HEALTH_TIMEOUT": "1ms",
		"LXDOCKER_LOG_SIZE": "0", "LXDOCKER_RESTART": "always", "LXDOCKER_RUN": "disk", "LXDOCKER_SHM_SIZE": "1m", "LXDOCKER_STOP_TIMEOUT": "1", "LXDOCKER_SUPERVISE": "no",
		"LXDOCKER_TMP": "disk", "LXDOCKER_TTY": "yes", "LXDOCKER_UDHCPC_NOPREFIXROUTE": "1", "LXDOCKER_USER": "0:0", "LXDOCKER_WORKDIR": "/elsewhere",
		"UDHCPC_NO_DEFAULT_ROUTE": "1", "UDHCPC_NO_DNS": "1",
	}
	_, list, _ := strings.Cut(string(file("settings.sh")), `settings="`)
	list, _, _ = strings.Cut(list, `"`)
	for name := range strings.FieldsSeq(list) {
		if all["LXDOCKER_"+name] == "" {
			t.Errorf("LXDOCKER_%s has no value here", name)
		}
	}
	for name := range all {
		if !IsSetting(name) {
			t.Errorf("%s is no setting", name)
		}
	}
	return all
}

// effects is what settings decide, as a container shows it when its application runs.
func (c *container) effects() map[string]string {
	c.t.Helper()
	found := map[string]string{"ids": c.firstField("ids"), "cwd": c.firstField("cwd"), "argv": fmt.Sprintf("%q", c.readStrings("argv")), "routes": routes(c), "resolv.conf": resolv(c.t, c)}
	for _, dir := range []string{"/tmp", "/run", "/dev/shm"} {
		size, kind := c.sizeOf(dir)
		found[dir] = fmt.Sprint(size, kind)
	}
	list, err := os.ReadDir(c.path("run/lxdocker/plan"))
	must(c.t, err)
	for _, e := range list {
		if e.Name() != "env" { // for the application, which sees all of it
			found[e.Name()] = c.file("run/lxdocker/plan/" + e.Name())
		}
	}
	return found
}

// imageOfEffects has an application for which each setting would change something.
func imageOfEffects(t *testing.T) image {
	i := reportingImage(t)
	i.Health = &Health{Argv: []string{"/none"}}
	i.conf, i.eth0, i.dhcpOptions = "end 15", true, plainLease
	edit := i.edit
	i.edit = func(tree *rootfs.Tree) {
		edit(tree)
		must(t, tree.Put("image.env", text("FROM_FILE=yes\n")))
	}
	return i
}

func TestAnImageSetsNothingByItsEnvironment(t *testing.T) {
	t.Parallel()
	hostile := hostileSettings(t)
	run := func(env []string) *container {
		i := imageOfEffects(t)
		i.Env = env
		c := run(t, i)
		c.waitForLine("ready")
		return c
	}
	honest, c := run(nil), run(entries(hostile))
	if diff := cmp.Diff(honest.effects(), c.effects()); diff != "" {
		t.Errorf("it changes (-without +with its environment):\n%s", diff)
	}
	// They are environment like any other, as under Docker.
	want := honest.environ()
	maps.Copy(want, hostile)
	if diff := cmp.Diff(want, c.environ()); diff != "" {
		t.Errorf("environment (-wanted +application):\n%s", diff)
	}
	says := said(c, 1)
	names := slices.Sorted(maps.Keys(hostile))
	_, listed, _ := strings.Cut(says[0], "no settings, but data: ")
	got := strings.Fields(listed)
	slices.Sort(got)
	if len(says) != 1 || !slices.Equal(got, names) {
		t.Errorf("the console says %q", says)
	}
}

func TestASpecSetsByItsEnvironmentWhatAnInstanceMaySet(t *testing.T) {
	t.Parallel()
	set := hostileSettings(t)
	run := func(ofSpec, ofInstance []string) map[string]string {
		i := imageOfEffects(t)
		i.Settings, i.Env, i.env = ofSpec, ofSpec, ofInstance
		c := run(t, i)
		c.waitForLine("ready")
		if c.environ()["FROM_FILE"] != "yes" {
			t.Error("LXDOCKER_ENVFILE has no effect")
		}
		found := c.effects()
		delete(found, "settings") // their order is that of a map
		return found
	}
	if diff := cmp.Diff(run(nil, entries(set)), run(entries(set), nil)); diff != "" {
		t.Errorf("(-the instance +the spec)\n%s", diff)
	}
}

// The instance comes first, then the spec, then the image.
func TestWhoDecidesOnASetting(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		p        Process
		instance []string
		file     string // in the plan
		want     string
		says     []string
	}{
		"the image":                        {Process{User: "1"}, nil, "user", "1", nil},
		"the spec's environment":           {Process{User: "1", Settings: []string{"LXDOCKER_USER=2"}}, nil, "user", "2", nil},
		"the instance":                     {Process{User: "1", Settings: []string{"LXDOCKER_USER=2"}}, []string{"LXDOCKER_USER=3"}, "user", "3", nil},
		"an empty one of the instance":     {Process{User: "1", Settings: []string{"LXDOCKER_USER=2"}}, []string{"LXDOCKER_USER="}, "user", "2", nil},
		"an empty one of the spec":         {Process{User: "1", Settings: []string{"LXDOCKER_USER="}}, nil, "user", "1", nil},
		"the image's environment, doubled": {Process{User: "1", Env: []string{"LXDOCKER_USER=0", "LXDOCKER_USER=0"}}, []string{"LXDOCKER_USER=3"}, "user", "3", []string{"in the image's own environment these are no settings, but data: LXDOCKER_USER LXDOCKER_USER"}},
		"a mistake of the instance": {Process{Settings: []string{"LXDOCKER_RESTART=always"}}, []string{"LXDOCKER_RESTART=x"}, "restart", "always",
			[]string{"LXDOCKER_RESTART: 'x' is not no, always, on-failure or on-failure:N: the image's own is taken"}},
		"a mistake of both": {Process{Restart: lifecycle.Restart{When: lifecycle.RestartAlways}, Settings: []string{"LXDOCKER_RESTART=y"}}, []string{"LXDOCKER_RESTART=x"}, "restart", "always",
			[]string{"LXDOCKER_RESTART: 'x' is not no, always, on-failure or on-failure:N: the image's own is taken", "LXDOCKER_RESTART: 'y' is not no, always, on-failure or on-failure:N: the image's own is taken"}},
		"a mistake of the spec that is covered":            {Process{Settings: []string{"LXDOCKER_RESTART=y"}}, []string{"LXDOCKER_RESTART=always"}, "restart", "always", nil},
		"a cmd of the spec":                                {Process{Settings: []string{"LXDOCKER_CMD=a b"}}, nil, "argv", "/probe\x00a\x00b", nil},
		"another program, which the spec's cmd is not for": {Process{Cmd: []string{"x"}, Settings: []string{"LXDOCKER_CMD=a b"}}, []string{"LXDOCKER_ENTRYPOINT=/probe y"}, "argv", "/probe\x00y", nil},
		"a cmd of the instance for the spec's program":     {Process{Cmd: []string{"x"}, Settings: []string{"LXDOCKER_ENTRYPOINT=/probe z", "LXDOCKER_CMD=a"}}, []string{"LXDOCKER_CMD=b"}, "argv", "/probe\x00z\x00b", nil},
		"a mistake of the instance in a duration": {Process{Health: &Health{Argv: []string{"/none"}}, Settings: []string{"LXDOCKER_HEALTH_INTERVAL=7s", "LXDOCKER_HEALTH_RETRIES=8"}}, []string{"LXDOCKER_HEALTH_INTERVAL=0s"}, "health", "7000\x0030000\x000\x005000\x008\x00nothing",
			[]string{"LXDOCKER_HEALTH_INTERVAL: '0s' is not a duration such as 30s or 1m30s: the image's own is taken"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := image{Process: test.p, env: test.instance, conf: "end 15"}
			c := run(t, i)
			c.waitForLine("ready")
			if got := strings.TrimSuffix(c.file("run/lxdocker/plan/"+test.file), "\x00"); got != test.want {
				t.Errorf("it is %q, not %q", got, test.want)
			}
			if got := said(c, len(test.says)); !slices.Equal(got, test.says) {
				t.Errorf("the console says %q, not %q", got, test.says)
			}
		})
	}
}

// A script that read a setting from the application's environment would accept one of the
// image.
func TestOnlyThePlanReadsTheEnvironmentOfTheImage(t *testing.T) {
	t.Parallel()
	readers := map[string][]string{
		"$image/env":      {"plan"},
		"/proc/1/environ": {"pidone.sh", "plan", "volatile.sh"},
		"$plan/env":       {"plan", "start"},
		"$image/settings": {"plan", "settings.sh", "volatile.sh"},
	}
	for source, want := range readers {
		var got []string
		for _, script := range scriptFiles(t) {
			for line := range strings.Lines(comment.ReplaceAllString(string(file(script)), "")) {
				if strings.Contains(line, source) && !slices.Contains(got, script) && !strings.Contains(line, source+"file") {
					got = append(got, script)
				}
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s is named in %q, not in %q", source, got, want)
		}
	}
	for _, script := range scriptFiles(t) {
		if strings.Contains(string(file(script)), "lookup LXDOCKER_") {
			t.Errorf("%s looks a setting up in an environment", script)
		}
	}
}
