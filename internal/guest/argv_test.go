package guest

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// everyByte has every byte that an argument can hold.
func everyByte() string {
	b := make([]byte, 255)
	for i := range b {
		b[i] = byte(i + 1)
	}
	return string(b)
}

// awkwardArgv is a command whose words mean something to shells.
func awkwardArgv() []string {
	return []string{
		"/probe", "", " ", "a  b", "*", "/*", ";", "a;b", "|", "&", "<x", ">y", "#", "!", "~", "{a,b}", "[a]", "?", "-", "--", "-x", "-c", "a=b", "=",
		"'", `"`, `\`, `\\`, `\n`, `'"'"'`, "\n", "a\nb\n", "\r\n", "\t", "$", "$HOME", "${HOME}", "$(echo x)", "`echo x`", "$((1+1))", "$'\\n'",
		"grüße", "\x7f", "\x80", "\x81\x82\x83\x84\x85\x86\x87\x88\x89", "\xff\xfe", everyByte(), everyByte() + everyByte(),
		strings.Repeat("x", 100<<10), strings.Repeat("\x81'\"\n", 25<<10), "last\n",
	}
}

func TestArgumentsArriveByteForByte(t *testing.T) {
	t.Parallel()
	argv := awkwardArgv()
	c := run(t, image{Process: Process{Entrypoint: argv}, conf: "exit 0"})
	c.wait()
	if diff := cmp.Diff(argv, c.readStrings("argv")); diff != "" {
		t.Errorf("argv (-image +application):\n%s", diff)
	}
}

func TestManyArgumentsArrive(t *testing.T) {
	t.Parallel()
	argv := []string{"/probe"}
	for i := range 3000 {
		argv = append(argv, itoa(i))
	}
	c := run(t, image{Process: Process{Entrypoint: argv}, conf: "exit 0"})
	c.wait()
	if diff := cmp.Diff(argv, c.readStrings("argv")); diff != "" {
		t.Errorf("argv (-image +application):\n%s", diff)
	}
}

// awkwardEnv is an environment whose values and names mean something to shells.
func awkwardEnv() map[string]string {
	return map[string]string{
		"EMPTY": "", "EQUALS": "a=b=c", "LINES": "a\nb\n", "PS1": `$(whoami)@$(hostname):$(pwd)\$ `, "TICKS": "`reboot`", "ALL": everyByte(),
		"LONG": strings.Repeat("\x82y", 50<<10), "a.b": "dot", "a-b": "dash", "1A": "digit", "a b": "blank", "*": "star", "ü": "umlaut", "\x81": "control", "a\nb": "line",
		"BASH_FUNC_x%%": "() {  echo; }",
		// Names that mean something to a shell, or to busybox.
		"IFS": "xyz", "PATH": "/bin:/out", "PS4": "$(reboot)", "ENV": "/probe.conf", "RANDOM": "4", "LINENO": "x", "OPTIND": "x", "PPID": "1", "SHLVL": "9", "PWD": "/out",
		"OLDPWD": "/", "UID": "5", "HOME": "/out", "TERM": "dumb", "HOSTNAME": "other", "CDPATH": "/out", "POSIXLY_CORRECT": "1", "LC_ALL": "de_DE.UTF-8", "SHELL": "/x", "USER": "u", "_": "u",
		"LD_PRELOAD": "/x.so", "TMPDIR": "/nowhere", "HISTFILE": "/x", "MAIL": "x", "FUNCNAME": "f", "EPOCHSECONDS": "1", "TZ": ":/probe", "GLIBC_TUNABLES": "x",
		// Names of variables of the scripts, and of udhcpc.
		"bb": "/bin/false", "lx": "/x", "state": "/x", "stopping": "yes", "ret_value": "x", "entry": "x", "ret_uid": "7", "ret_groups": "yes", "interface": "eth9", "router": "1.1.1.1",
	}
}

func TestEnvironmentArrivesByteForByte(t *testing.T) {
	t.Parallel()
	want := awkwardEnv()
	for _, from := range []string{"image", "instance"} {
		t.Run("from the "+from, func(t *testing.T) {
			t.Parallel()
			var entries []string
			for name, value := range want {
				entries = append(entries, name+"="+value)
			}
			i := image{conf: "exit 0"}
			if from == "image" {
				i.Env = entries
			} else {
				i.env = entries
			}
			c := run(t, i)
			if code := c.wait(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			expected := maps.Clone(want)
			expected["container"] = "lxc"
			if diff := cmp.Diff(expected, c.environ()); diff != "" {
				t.Errorf("environment (-image +application):\n%s", diff)
			}
		})
	}
}

// PID 1 imports the instance's environment as shell variables, and what it starts
// imports it as well.
func TestVariablesOfTheScriptsMayBeInTheEnvironment(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for _, name := range scriptFiles(t) {
		for _, m := range assigns.FindAllStringSubmatch(string(file(name)), -1) {
			if strings.ToLower(m[1]) == m[1] {
				want[m[1]] = "from the instance"
			}
		}
	}
	if len(want) < 100 {
		t.Fatalf("only %d variables", len(want))
	}
	for _, supervised := range []bool{true, false} {
		p := Process{Supervise: supervision(supervised), Health: &Health{Argv: []string{"/none"}}}
		c := run(t, image{Process: p, env: entries(want), conf: "exit 0", eth0: true, dhcpOptions: plainLease})
		if code := c.wait(); code != 0 {
			t.Errorf("exit status %d", code)
		}
		got := c.environ()
		for _, name := range []string{"container", "HOME", "HOSTNAME", "PATH", "TERM"} {
			delete(got, name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("environment (-instance +application):\n%s", diff)
		}
		if lines := slices.DeleteFunc(ours(c), func(l string) bool { return l == "/probe ended: exit 0" }); len(lines) > 0 {
			t.Errorf("the console says %q", lines)
		}
	}
}

func TestTheInstanceOverridesTheImage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name            string
		image, instance []string
		want            map[string]string
	}{
		{"nothing set: what Docker sets", nil, nil, map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "TERM": "xterm", "HOSTNAME": "web1"}},
		{"the image's PATH", []string{"PATH=/image"}, nil, map[string]string{"PATH": "/image"}},
		{"the instance's PATH, as LXD itself sets none", []string{"PATH=/image"}, []string{"PATH=/instance"}, map[string]string{"PATH": "/instance"}},
		{"everything else is the instance's", []string{"A=image", "B=image", "a.b=image"}, []string{"A=instance", "a.b="}, map[string]string{"A": "instance", "B": "image", "a.b": ""}},
		{"the last of two entries counts", []string{"A=1", "A=2"}, nil, map[string]string{"A": "2"}},
		{"an empty HOME is none", []string{"HOME="}, nil, map[string]string{"HOME": "/"}},
		{"entries without = or name are dropped", []string{"A", "=x", ""}, []string{"B", "=y"}, map[string]string{"A": "(none)", "B": "(none)", "": "(none)"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: Process{Env: test.image}, env: test.instance, conf: "exit 0"})
			c.wait()
			env := c.environ()
			for name, want := range test.want {
				got, ok := env[name]
				if !ok {
					got = "(none)"
				}
				if got != want {
					t.Errorf("%s is %q, not %q", name, got, want)
				}
			}
		})
	}
}

// Any argv, and any environment of image and instance, arrives unchanged.
// Each random input takes a container: `make scale` tries 200 of each kind.
func init() {
	if err := flag.Set("rapid.checks", "30"); err != nil {
		panic(err)
	}
}

func TestAnyArgumentsAndEnvironmentArrive(t *testing.T) {
	t.Parallel()
	word := rapid.Custom(func(r *rapid.T) string {
		parts := rapid.SliceOfN(rapid.OneOf(
			rapid.SampledFrom([]string{"$", "`", "$(id)", "'", `"`, `\`, "\n", " ", "\t", "*", "=", ";", "${x}", "\x81", "\x82", "\x83", "\x84", "\x85", "\x86", "\x87", "\x88", "\xff", "-", "#"}),
			rapid.Map(rapid.ByteRange(1, 255), func(b byte) string { return string([]byte{b}) }),
		), 0, 20).Draw(r, "parts")
		return strings.Join(parts, "")
	})
	name := rapid.Map(word, func(s string) string { return "N" + strings.ReplaceAll(s, "=", "") })
	rapid.Check(t, func(r *rapid.T) {
		argv := append([]string{"/probe"}, rapid.SliceOfN(word, 0, 8).Draw(r, "argv")...)
		fromImage := rapid.MapOfN(name, word, 0, 5).Draw(r, "image")
		fromInstance := rapid.MapOfN(rapid.OneOf(name, rapid.SampledFrom(append(slices.Sorted(maps.Keys(fromImage)), "N"))), word, 0, 5).Draw(r, "instance")
		c := run(t, image{Process: Process{Entrypoint: argv, Env: entries(fromImage)}, env: entries(fromInstance), conf: "exit 0"})
		c.wait()
		if diff := cmp.Diff(argv, c.readStrings("argv")); diff != "" {
			r.Errorf("argv (-image +application):\n%s", diff)
		}
		want := map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "TERM": "xterm", "HOSTNAME": "web1", "container": "lxc"}
		maps.Copy(want, fromImage)
		maps.Copy(want, fromInstance)
		if diff := cmp.Diff(want, c.environ()); diff != "" {
			r.Errorf("environment (-wanted +application):\n%s", diff)
		}
		c.remove()
	})
}

func entries(m map[string]string) []string {
	var list []string
	for name, value := range m {
		list = append(list, fmt.Sprintf("%s=%s", name, value))
	}
	return list
}
