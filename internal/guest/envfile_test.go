package guest

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lxdocker/internal/rootfs"
)

func TestTheEnvironmentFileIsReadAsData(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x'\" $", 20<<10)
	lines := map[string]string{
		`A1=plain`:              `plain`,
		`A2=two words`:          `two words`,
		`A3=`:                   ``,
		`A4=a=b`:                `a=b`,
		`  A5 	`:                absent, // no =
		`	A6=  blanks around  `: `blanks around`,
		`A7=$(reboot) ` + "`reboot`" + ` $HOME ${HOME} * ;`: `$(reboot) ` + "`reboot`" + ` $HOME ${HOME} * ;`,
		`A8=pass#word # no comment`:                         `pass#word # no comment`,
		`export A9=exported`:                                `exported`,
		"export\t \tA10=exported":                           `exported`,
		`exportA11=x`:                                       absent, // the name is exportA11
		`A12='single $x "y" \'`:                             `single $x "y" \`,
		`A13="double \$x \"y\" \\ \` + "`" + ` \n \x"`:      `double $x "y" \ ` + "`" + ` \n \x`,
		`A14='it'\''s'`:                                     `it's`,
		`A15='it'"'"'s'`:                                    `it's`,
		`A16="x" # comment`:                                 `x`,
		`A17='x'	`:                                          `x`,
		`A18='x'#y`:                                         `x#y`,
		`A19='unclosed`:                                     `'unclosed`,
		`A20="unclosed \"`:                                  `"unclosed \"`,
		`A21="two" words`:                                   `"two" words`,
		`A22=not "at the start"`:                            `not "at the start"`,
		`A23=C:\dir\n`:                                      `C:\dir\n`,
		`A24=''`:                                            ``,
		`A25=""`:                                            ``,
		`A26="dos"` + "\r":                                  `dos`,
		`A27=dos` + "\r":                                    `dos`,
		`# A28=comment`:                                     absent,
		`  # A29=comment`:                                   absent,
		`A30 =blank in the name`:                            absent,
		`=no name`:                                          absent,
		`A31="` + everyBut("\n\"\\$`") + `"`:                everyBut("\n\"\\$`"),
		`A32='` + everyBut("\n'") + `'`:                     everyBut("\n'"),
		`A33=x` + everyBut("\n\r") + `x`:                    `x` + everyBut("\n\r") + `x`,
		`A34=` + long + `x`:                                 long + `x`,
		`a.35=dot`:                                          `dot`,
		`a-36=dash`:                                         `dash`,
		`37=digit`:                                          `digit`,
		`PATH=/bin:/from/file`:                              `/bin:/from/file`,
		`IMAGE=file`:                                        `file`,
		`INSTANCE=file`:                                     `file`,
		`A40='last'`:                                        `last`,
	}
	var file strings.Builder
	want := map[string]string{"HOME": "/", "TERM": "xterm", "HOSTNAME": "web1", "container": "lxc", "LXDOCKER_ENVFILE": "/etc/app.env", "exportA11": "x"}
	for line, value := range lines {
		file.WriteString(line + "\n")
		name, _, _ := strings.Cut(strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(line, "export "), "export\t"), " \t"), "=")
		if value != absent {
			want[name] = value
		}
	}
	c := run(t, image{Process: Process{Env: []string{"IMAGE=image", "PATH=/image"}}, env: []string{"LXDOCKER_ENVFILE=/etc/app.env", "INSTANCE=instance"}, conf: "exit 0", edit: func(tree *rootfs.Tree) {
		must(t, tree.Put("etc/app.env", text(file.String())))
	}})
	c.wait()
	if diff := cmp.Diff(want, c.environ()); diff != "" {
		t.Errorf("environment (-wanted +application):\n%s", diff)
	}
	if got := len(ours(c)); got != 4 { // three bad lines, and the end of the application
		t.Errorf("%d lines on the console, not 4: %q", got, ours(c))
	}
}

const absent = "\x00absent"

func everyBut(bytes string) string {
	return strings.Map(func(r rune) rune { return r }, strings.NewReplacer(replacements(bytes)...).Replace(everyByte()))
}

func replacements(bytes string) []string {
	var pairs []string
	for i := range len(bytes) {
		pairs = append(pairs, bytes[i:i+1], "")
	}
	return pairs
}

func TestWhereTheEnvironmentFileIs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		prelaunch   string
		want        string
	}{
		{"relative to the root", "etc/app.env", "", "yes"},
		{"made by the prelaunch script", "/run/made.env", "echo FROM=prelaunch >/run/made.env", "prelaunch"},
		{"missing", "/nowhere", "", ""},
		{"empty", "", "", ""},
		{"a directory", "/etc", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := run(t, image{Process: Process{WorkDir: "/srv"}, env: []string{"LXDOCKER_ENVFILE=" + test.value}, conf: "exit 0", edit: func(tree *rootfs.Tree) {
				must(t, tree.Put("etc/app.env", text("FROM=yes")))
			}, editInstalled: func(tree *rootfs.Tree) { must(t, tree.Put("lxd-prelaunch", text(test.prelaunch))) }})
			if code := c.wait(); code != 0 {
				t.Errorf("exit status %d", code)
			}
			if got := c.environ()["FROM"]; got != test.want {
				t.Errorf("FROM is %q, not %q", got, test.want)
			}
		})
	}
}

// Any file gives what a parser in Go makes of it, and nothing in it is run.
func TestAnyEnvironmentFileIsReadAsSpecified(t *testing.T) {
	t.Parallel()
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"A", "B", "a.b", "=", "=", "=", "=", "'", `"`, `\`, `\"`, `\'`, " ", "\t", "#", " #", "export ", "$", "$(reboot)", "`", "x", "\r", "\x81", "\x82", "\x83", "\x88", "*", "'x'", `"y"`}),
		rapid.Map(rapid.ByteRange(1, 255), func(b byte) string { return string([]byte{b}) }),
	)
	line := rapid.Map(rapid.SliceOfN(piece, 0, 12), func(p []string) string { return strings.Join(p, "") })
	assignment := rapid.Custom(func(r *rapid.T) string {
		return rapid.SampledFrom([]string{"A=", "B=", "export C=", "D='", `E="`, "a.b="}).Draw(r, "name") + line.Draw(r, "rest")
	})
	rapid.Check(t, func(r *rapid.T) {
		file := strings.Join(rapid.SliceOfN(rapid.OneOf(line, assignment), 0, 40).Draw(r, "lines"), "\n")
		c := run(t, image{env: []string{"LXDOCKER_ENVFILE=/app.env"}, conf: "exit 0", edit: func(tree *rootfs.Tree) { must(t, tree.Put("app.env", text(file))) }})
		c.wait()
		want := map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "TERM": "xterm", "HOSTNAME": "web1", "container": "lxc", "LXDOCKER_ENVFILE": "/app.env"}
		entries, complaints := parseReference(file)
		maps.Copy(want, entries)
		if diff := cmp.Diff(want, c.environ()); diff != "" {
			r.Errorf("environment (-wanted +application):\n%s", diff)
		}
		if got := strings.Count(c.console.String(), "lxdocker: ") - 1; got != complaints {
			r.Errorf("%d complaints, not %d:\n%s", got, complaints, c.console)
		}
		c.remove()
	})
}

// parseReference reads an environment file as files/envfile.sh describes it.
func parseReference(file string) (entries map[string]string, complaints int) {
	entries = map[string]string{}
	for _, line := range strings.Split(file, "\n") {
		line = strings.Trim(strings.TrimSuffix(line, "\r"), " \t")
		if line == "" || line[0] == '#' {
			continue
		}
		if rest, ok := strings.CutPrefix(line, "export"); ok && rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
			line = strings.TrimLeft(rest, " \t")
		}
		name, value, ok := strings.Cut(line, "=")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			complaints++
			continue
		}
		value = strings.Trim(value, " \t")
		if word, ok := unquoteReference(value); ok {
			value = word
		}
		entries[name] = value
	}
	return entries, complaints
}

func unquoteReference(s string) (string, bool) {
	if s == "" || s[0] != '\'' && s[0] != '"' {
		return "", false
	}
	var out []byte
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		c := s[i]
		more := i+1 < len(s)
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == '\'':
			out = append(out, c)
		case quote == '"' && c == '\\' && more && strings.IndexByte("\"\\$`", s[i+1]) >= 0, quote == 0 && c == '\\' && more:
			i++
			out = append(out, s[i])
		case quote == '"':
			out = append(out, c)
		case c == '\'' || c == '"':
			quote = c
		case c == '\\':
			return "", false
		case c == ' ' || c == '\t':
			rest := strings.TrimLeft(s[i:], " \t")
			return string(out), rest == "" || rest[0] == '#'
		default:
			out = append(out, c)
		}
	}
	return string(out), quote == 0
}

func TestThePrelaunchScriptRunsBeforeTheApplication(t *testing.T) {
	t.Parallel()
	for _, supervised := range []bool{true, false} {
		c := run(t, image{
			Process: Process{User: "app", WorkDir: "/srv", Env: []string{"A=$(image)"}, Supervise: supervision(supervised)}, env: []string{"B=instance"}, conf: "end 15", edit: usersOfTests(t),
			editInstalled: func(tree *rootfs.Tree) {
				must(t, tree.Put("lxd-prelaunch", text("echo \"$(id -u) $(pwd) $A $B $HOME $PATH\" >/out/prelaunch; exit 3")))
			}})
		// What is said a moment before an init ends may be lost.
		c.waitFor("what is said", func() bool { return len(ours(c)) > 0 })
		c.waitForLine("ready")
		c.signal(map[bool]syscall.Signal{true: sigPwr, false: syscall.SIGTERM}[supervised])
		if code := c.wait(); code != 0 {
			t.Errorf("exit status %d", code)
		}
		want := "0 /srv $(image) instance /root /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
		if got := strings.Join(c.readStrings("prelaunch"), ""); got != want {
			t.Errorf("the script saw %q, not %q", got, want)
		}
		if got := ours(c); len(got) == 0 || got[0] != "/lxd-prelaunch ended with 3" {
			t.Errorf("its failure is not said: %q", got)
		}
	}
}

func TestThePrelaunchScriptExecutesNothingOfTheEnvironmentOfAnImage(t *testing.T) {
	t.Parallel()
	awkward := awkwardEnv()
	awkward["PS4"] = "$(touch /out/pwned)"
	c := run(t, image{Process: Process{Env: entries(awkward)}, conf: "exit 0", editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put("lxd-prelaunch", text("set -x\nset -- $(printf 'a x b')\necho $# $LINES >/out/prelaunch\n")))
	}})
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if got := c.readStrings("prelaunch"); got[0] != "3 a b\n" {
		t.Errorf("the script said %q", got)
	}
	if _, err := os.Stat(filepath.Join(c.root, "out/pwned")); err == nil {
		t.Error("a shell has executed the image's PS4")
	}
	if got := c.environ()["PS4"]; got != awkward["PS4"] {
		t.Errorf("the application has the PS4 %q", got)
	}
}

func TestAStopDuringThePrelaunchScriptAsksItToEnd(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "exit 0", editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put("lxd-prelaunch", text("trap 'echo asked >>/out/log; exit' TERM; echo waiting >>/out/log; while :; do usleep 1000; done")))
	}})
	c.waitForLine("waiting")
	c.signal(sigPwr)
	if code := c.wait(); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if !c.hasLine("asked") {
		t.Error("the script was not asked to end")
	}
	if c.hasLine("done") {
		t.Error("the application was started nevertheless")
	}
}

// PID 1 learns of the stop when the script is done, and then starts nothing.
func TestAStopDuringThePrelaunchScriptIsKeptWithoutSupervision(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{Supervise: Never}, conf: "exit 0", editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put("lxd-prelaunch", text("echo waiting >>/out/log; until [ -e /out/go ]; do usleep 1000; done")))
	}})
	c.waitForLine("waiting")
	c.signal(sigPwr)
	must(t, os.WriteFile(filepath.Join(c.root, "out/go"), nil, 0o644))
	if code := c.wait(); code != 0 || c.hasLine("done") {
		t.Errorf("exit status %d; the application was started nevertheless", code)
	}
}
