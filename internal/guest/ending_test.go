package guest

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

func TestTmpAndRunAreAPartOfTheLimit(t *testing.T) {
	t.Parallel()
	for name, namespace := range map[string]bool{"the control groups are mounted later": true, "the host has mounted nothing": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{conf: "end 15", cgroup: limitedGroup(t, 64), cgroupNamespace: namespace})
			c.waitForLine("ready")
			if !namespace {
				return // what it sees without a namespace is the host's; it has to start all the same
			}
			if size, _ := c.sizeOf("/tmp"); size != 32<<10 {
				t.Errorf("/tmp has %d KiB", size)
			}
			if size, _ := c.sizeOf("/run"); size != 16<<10 {
				t.Errorf("/run has %d KiB", size)
			}
		})
	}
}

// 128 MB of zeros are nothing on the disk. In memory they ended init, and nobody said
// a word.
func TestAnInstanceThatIsLargerThanTheMemoryStarts(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 15", cgroup: limitedGroup(t, 32), cgroupNamespace: true, editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put("tmp/fill", script("#!/busybox-lxd sh\n")))
	}, containerCommands: [][]string{{"truncate", "-s", "128M", "/tmp/zeros"}, {"cp", "/tmp/zeros", "/run/zeros"}, {"touch", "/.lxdocker/kept-tmp", "/.lxdocker/kept-run"}}})
	c.waitForLine("ready")
	if got := c.busybox("stat", "-c", "%s", "/tmp/zeros"); got != "134217728" {
		t.Errorf("it has %s bytes", got)
	}
	if got := ours(c); len(got) != 0 {
		t.Errorf("the console says %q", got)
	}
}

func TestAnEndByTheKernelIsCalledOutOfMemory(t *testing.T) {
	t.Parallel()
	hog := Process{Entrypoint: []string{"/busybox-lxd", "tail", "/dev/zero"}}
	child := Process{Entrypoint: []string{"/busybox-lxd", "sh", "-c", "/busybox-lxd tail /dev/zero; exit 3"}}
	for name, test := range map[string]struct {
		p    Process
		says string
	}{
		"the application":                    {hog, "/busybox-lxd ended: killed by signal 9: out of memory"},
		"something it started":               {child, "/busybox-lxd ended: exit 3: out of memory"},
		"killed, but not for want of memory": {Process{Entrypoint: []string{"/busybox-lxd", "sh", "-c", "kill -9 $$"}}, "/busybox-lxd ended: killed by signal 9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: test.p, cgroup: limitedGroup(t, 32), cgroupNamespace: true})
			state := ""
			c.waitFor("its end", func() bool {
				if now := c.file("run/lxdocker/state"); strings.Contains(now, `"ended"`) {
					state = now
				}
				return state != "" || c.exited()
			})
			c.wait()
			if got := ours(c); !slices.Equal(got, []string{test.says}) {
				t.Errorf("the console says %q, not %q", got, test.says)
			}
			var read struct {
				OOM bool `json:"oom_killed"`
			}
			if state != "" {
				must(t, json.Unmarshal([]byte(state), &read))
				if read.OOM != strings.Contains(test.says, "memory") {
					t.Errorf("the state is %s", state)
				}
			}
		})
	}
}

// An entrypoint that makes its first run known where nothing lasts.
func TestAnApplicationThatFailsAtItsSecondStartGetsAHint(t *testing.T) {
	t.Parallel()
	const hint = "/app has run in this instance before. If it notes in /tmp or /run that its first start is done: they are emptied at each start; LXDOCKER_TMP=disk and LXDOCKER_RUN=disk keep them"
	const firstRun = "#!/busybox-lxd sh\n[ ! -e /tmp/done ] || exec /probe\n[ ! -e /user ] || { echo user exists; exit 9; }\n: >/tmp/done; : >/user; exec /probe\n"
	firstRunInRun := strings.ReplaceAll(firstRun, "/tmp/", "/run/")
	onDisk := lifecycle.Volatile{OnDisk: true}
	for name, test := range map[string]struct {
		script string
		p      Process
		env    []string
		want   []string // at the second start
	}{
		"a marker in /tmp":                   {firstRun, Process{}, nil, []string{"/app ended: exit 9", hint}},
		"said once":                          {firstRun, Process{Restart: lifecycle.Restart{When: lifecycle.RestartOnFailure, Max: 1}}, nil, []string{"/app ended: exit 9", hint, "starting /app again in 0.1 s", "/app ended: exit 9", "it was started again 1 times: that is enough"}},
		"/tmp is on disk":                    {firstRun, Process{Tmp: onDisk, Run: onDisk}, nil, []string{"/app ended: exit 0"}},
		"a marker in /run":                   {firstRunInRun, Process{}, nil, []string{"/app ended: exit 9", hint}},
		"a marker in /run, which is on disk": {firstRunInRun, Process{Run: onDisk}, nil, []string{"/app ended: exit 0"}},
		"a marker in /run, which the instance has on disk": {firstRunInRun, Process{}, []string{"LXDOCKER_RUN=disk"}, []string{"/app ended: exit 0"}},
		"a marker in /run, and /tmp on disk":               {firstRunInRun, Process{}, []string{"LXDOCKER_TMP=disk"}, []string{"/app ended: exit 9", hint}},
		"an application that has never run":                {"#!/busybox-lxd sh\nexit 9\n", Process{}, nil, []string{"/app ended: exit 9"}},
		"an application that soon ends in good order":      {"#!/busybox-lxd sh\nexit 0\n", Process{}, nil, []string{"/app ended: exit 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := test.p
			p.Entrypoint = []string{"/app"}
			i := image{Process: p, env: test.env, conf: "end 15", edit: func(tree *rootfs.Tree) { must(t, tree.Put("app", script(test.script))) }}
			c := run(t, i)
			if strings.Contains(test.script, "/probe") {
				c.waitForLine("ready")
				c.signal(sigPwr)
			}
			c.wait()
			must(t, os.RemoveAll(c.root+"/out/log"))
			c.console = &console{}
			c.start(i)
			if test.want[0] == "/app ended: exit 0" && strings.Contains(test.script, "/probe") {
				c.waitForLine("ready")
				c.signal(sigPwr)
			}
			c.wait()
			if got := ours(c); !slices.Equal(got, test.want) {
				t.Errorf("the console says %q, not %q", got, test.want)
			}
		})
	}
}

// What is no init system by its file may be one all the same.
func TestAProgramThatWantsToBePID1GetsAHint(t *testing.T) {
	t.Parallel()
	const hint = "/app wants to be PID 1, as init systems have to: LXDOCKER_SUPERVISE=no makes it that, and so does disable_supervisor: true in the spec"
	for complaint, hinted := range map[string]bool{
		"s6-overlay-suexec: fatal: can only run as pid 1":                                           true,
		"runit: fatal: must be run as process no 1.":                                                true,
		"init: must be run as PID 1":                                                                true,
		"Trying to run as user instance, but the system has not been initialized.":                  true,
		"System has not been booted with systemd as init system (PID 1). Can't operate.":            true,
		"nginx: start worker process 1":                                                             false,
		"listening, pid 1":                                                                          false,
		"error: /run/app.pid exists: is pid 17 another instance that must not run beside this one?": false,
	} {
		t.Run(complaint, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: Process{Entrypoint: []string{"/app", complaint}}, edit: func(tree *rootfs.Tree) {
				must(t, tree.Put("app", script("#!/busybox-lxd sh\necho \"$1\" >&2\nexit 100\n")))
			}})
			c.wait()
			want := []string{"/app ended: exit 100"}
			if hinted {
				want = append(want, hint)
			}
			if got := ours(c); !slices.Equal(got, want) {
				t.Errorf("the console says %q, not %q", got, want)
			}
		})
	}
}
