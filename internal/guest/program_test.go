package guest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/rootfs"
)

func TestTheProgramIsFoundAsDockerWould(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    Process
		edit func(t *testing.T, tree *rootfs.Tree)
	}{
		{"by the image's PATH", Process{Entrypoint: []string{"app", "x"}, Env: []string{"PATH=/nowhere:/opt/bin"}}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "opt/bin/app")) }},
		{"skipping what is not executable", Process{Entrypoint: []string{"app"}, Env: []string{"PATH=/a:/b:/opt"}}, func(t *testing.T, tree *rootfs.Tree) {
			must(t, tree.Put("a/app", text("no program")))
			must(t, tree.Put("b/app", dir(0o755)))
			must(t, tree.Link("probe", "opt/app"))
		}},
		{"by a PATH that is relative to WORKDIR", Process{Entrypoint: []string{"app"}, Env: []string{"PATH=bin"}, WorkDir: "/opt"}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "opt/bin/app")) }},
		{"by the usual PATH if there is none", Process{Entrypoint: []string{"app"}}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "usr/local/bin/app")) }},
		{"relative to WORKDIR", Process{Entrypoint: []string{"./app"}, WorkDir: "/opt"}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "opt/app")) }},
		{"relative to WORKDIR, in a directory", Process{Entrypoint: []string{"bin/app"}, WorkDir: "/opt"}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "opt/bin/app")) }},
		{"through a symlink", Process{Entrypoint: []string{"app"}, Env: []string{"PATH=/bin"}}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Put("bin/app", link("/probe"))) }},
		{"the image's sh, not busybox's", Process{Entrypoint: []string{"sh", "-c", "x"}, Env: []string{"PATH=/bin"}}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "bin/sh")) }},
		{"a name with =", Process{Entrypoint: []string{"a=b", "c=d"}, Env: []string{"PATH=/bin"}}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "bin/a=b")) }},
		{"a name like an option", Process{Entrypoint: []string{"-S", "-x"}, Env: []string{"PATH=/bin"}}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "bin/-S")) }},
		{"a name with blanks and quotes", Process{Entrypoint: []string{"my app's \"$(x)\""}, Env: []string{"PATH=/my bin"}}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "my bin/my app's \"$(x)\"")) }},
		{"as non-root", Process{Entrypoint: []string{"sh", "-c"}, Env: []string{"PATH=/bin"}, User: "1000"}, func(t *testing.T, tree *rootfs.Tree) { must(t, tree.Link("probe", "bin/sh")) }},
	}
	for _, supervised := range []bool{true, false} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				test.p.Supervise = supervision(supervised)
				c := run(t, image{Process: test.p, conf: "exit 0", edit: func(tree *rootfs.Tree) { test.edit(t, tree) }})
				c.wait()
				if diff := cmp.Diff(test.p.Entrypoint, c.readStrings("argv")); diff != "" {
					t.Errorf("argv (-image +application):\n%s", diff)
				}
			})
		}
	}
}

func TestAProgramThatCannotRunIsNamed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		p    Process
		want string
		code int
	}{
		{"missing in PATH", Process{Entrypoint: []string{"nginx"}, Env: []string{"PATH=/bin:/x"}}, "cannot start 'nginx': there is no such program in PATH (/bin:/x)", 127},
		{"missing file", Process{Entrypoint: []string{"/usr/sbin/nginx"}}, "cannot start '/usr/sbin/nginx': there is no such file", 127},
		{"a directory", Process{Entrypoint: []string{"/bin"}}, "cannot start '/bin': it is a directory", 126},
		{"not executable", Process{Entrypoint: []string{"/probe.conf"}}, "cannot start '/probe.conf': it is not executable", 126},
		{"a script without its interpreter", Process{Entrypoint: []string{"/bin/script"}}, "cannot start '/bin/script': its interpreter '/bin/bash' does not exist", 127},
		{"a script with blanks before it", Process{Entrypoint: []string{"/bin/blanks"}}, "cannot start '/bin/blanks': its interpreter '/usr/bin/env' does not exist", 127},
		{"the image has no init", Process{Entrypoint: []string{"/sbin/init"}}, "cannot start '/sbin/init': the image has no init of its own", 127},
		{"a working directory that is a file", Process{WorkDir: "/probe.conf"}, "cannot enter the working directory /probe.conf", 126},
		{"an unknown user", Process{User: "nginx"}, "cannot start as user 'nginx': /etc/passwd has no such name", 126},
	}
	for _, supervised := range []bool{true, false} {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				test.p.Supervise = supervision(supervised)
				c := run(t, image{Process: test.p, conf: "exit 0", edit: func(tree *rootfs.Tree) {
					must(t, tree.Put("bin/script", script("#!/bin/bash -e\necho x\n")))
					must(t, tree.Put("bin/blanks", script("#! \t/usr/bin/env x\necho x\n")))
				}})
				if code := c.wait(); code != test.code {
					t.Errorf("exit status %d, not %d", code, test.code)
				}
				if got := ours(c); len(got) != 1 || got[0] != test.want {
					t.Errorf("the console says %q, not %q", got, test.want)
				}
			})
		}
	}
}

// said is ours of a container that goes on: what the guest says goes through its logger,
// and comes to the console in its own time. It waits for so many lines.
func said(c *container, lines int) []string {
	c.t.Helper()
	c.waitForCommand("what is said", func() bool { return len(ours(c)) >= lines })
	return ours(c)
}

// ours gives the guest's own lines on the console, without how long the
// application ran.
func ours(c *container) []string {
	var lines []string
	for l := range strings.Lines(c.console.String()) {
		if rest, ok := strings.CutPrefix(l, "lxdocker: "); ok {
			lines = append(lines, took.ReplaceAllString(strings.TrimSpace(rest), "$1$2"))
		}
	}
	return lines
}

var took = regexp.MustCompile(`( ended: .*) after [0-9.]+ s(: out of memory)?$`)

func TestAScriptRunsByItsInterpreter(t *testing.T) {
	t.Parallel()
	c := run(t, image{Process: Process{Entrypoint: []string{"entrypoint.sh", "a b"}, Env: []string{"PATH=/bin"}}, conf: "exit 4", edit: func(tree *rootfs.Tree) {
		must(t, tree.Put("bin/sh", rootfs.Inode{Kind: rootfs.File, Mode: 0o755, Content: rootfs.Bytes(busybox(t))}))
		must(t, tree.Put("bin/entrypoint.sh", script("#!/bin/sh\nexec /probe \"$@\" end\n")))
	}})
	if code := c.wait(); code != 4 {
		t.Errorf("exit status %d, not 4", code)
	}
	if diff := cmp.Diff([]string{"/probe", "a b", "end"}, c.readStrings("argv")); diff != "" {
		t.Errorf("argv (-wanted +application):\n%s", diff)
	}
}

// withoutLibc takes signals 32 and 33 out of a mask of /proc/PID/status. They are
// glibc's own, and ignored in what make starts with posix_spawn.
func withoutLibc(t *testing.T, mask string) string {
	t.Helper()
	bits, err := strconv.ParseUint(mask, 16, 64)
	if err != nil {
		t.Fatalf("reading a signal mask: %v", err)
	}
	return fmt.Sprintf("%016x", bits&^(3<<31))
}

func TestTheApplicationStartsInAPlainState(t *testing.T) {
	t.Parallel()
	for _, p := range []Process{{}, {User: "1000"}, {User: "app"}, {Supervise: Never}, {Supervise: Never, User: "app"}} {
		p.WorkDir = "/srv/data dir"
		end := "end 15"
		if p.Supervise == Never {
			end = "end 30"
		}
		c := run(t, image{Process: p, conf: end, edit: usersOfTests(t)})
		// Before PID 1 ends, which may be the application: nothing outlives it to print.
		c.waitFor("its output", func() bool {
			return strings.Contains(c.console.String(), "to stdout\n") && strings.Contains(c.console.String(), "to stderr\n")
		})
		c.waitForLine("ready")
		c.signal(sigPwr)
		if code := c.wait(); code != 0 {
			t.Errorf("%+v: exit status %d", p, code)
		}
		ignored := none
		if p.Supervise == Never {
			ignored = "0000000000001000" // SIGPIPE, as in LXC: an exec in place cannot change that
		}
		for word, want := range map[string]string{"cwd": "/srv/data dir", "umask": "022", "reopened": "yes", "SigBlk:": none, "SigIgn:": ignored, "SigCgt:": none, "fd": "0 1 2"} {
			got := strings.Join(c.fields(word), " ")
			if word == "SigIgn:" {
				got = withoutLibc(t, got)
			}
			if got != want {
				t.Errorf("%+v: %s %q, not %q", p, word, got, want)
			}
		}
		pid, sid, _ := strings.Cut(c.firstField("pid"), " sid ")
		if p.Supervise == Never && pid != "1" {
			t.Errorf("%+v: the application is process %s, not 1", p, pid)
		}
		// As in Docker it is a session leader, and `kill 0` in it must hit nothing of ours.
		if p.Supervise != Never && pid != sid {
			t.Errorf("%+v: the application is process %s of session %s", p, pid, sid)
		}
	}
}

const none = "0000000000000000" // no signal

// On a terminal, what starts `run` kills itself, which looks to init as if tar had
// failed. Its second attempt must change nothing, however slow the first one is.
func TestAnApplicationOnATerminalIgnoresNoSignal(t *testing.T) {
	t.Parallel()
	c := run(t, image{terminal: true, conf: "end 15", Process: Process{TTY: true}, editInstalled: func(tree *rootfs.Tree) {
		slow := "/busybox-lxd grep -q '^SigIgn:.*1...$' /proc/$$/status || /busybox-lxd sleep 1\n"
		must(t, tree.Put(".lxdocker/run", text(slow+string(file("run")))))
	}})
	c.waitForLine("ready")
	c.signal(sigPwr)
	c.wait()
	if got := withoutLibc(t, strings.Join(c.fields("SigIgn:"), " ")); got != none {
		t.Errorf("the application ignores the signals %s", got)
	}
}

// Another busybox may lack the option.
func TestTheApplicationStartsWhereTarHasNoToCommand(t *testing.T) {
	t.Parallel()
	c := run(t, image{conf: "end 3", Process: Process{StopSignal: "QUIT"}, editInstalled: func(tree *rootfs.Tree) {
		must(t, tree.Put("sbin/init", script(strings.ReplaceAll(string(file("init")), "--to-command", "--unknown-option"))))
	}})
	c.waitForLine("ready")
	c.signal(sigPwr)
	if code := c.wait(); code != 0 || !c.hasLine("done") || !strings.Contains(c.console.String(), "to stderr\n") {
		t.Errorf("exit status %d, console %q", code, c.console)
	}
}

// The image's /bin/sh would read, as a script, whatever the kernel refuses.
func TestWhatTheKernelWouldRefuseIsNamedAndNeverRun(t *testing.T) {
	t.Parallel()
	static, err := probe()
	must(t, err)
	dynamic, err := os.ReadFile("/bin/true")
	must(t, err)
	foreign := changed(static, 18, uint16(elf.EM_S390)) // e_machine: nobody runs these tests on that
	object := changed(static, 16, uint16(elf.ET_REL))   // e_type
	far := "/lib/ld-far.so.1"
	needs := func(loader string) string {
		return "it needs the loader " + loader + ", which does not exist: is it made for another C library?"
	}
	for name, test := range map[string]struct {
		app, interpreter rootfs.Inode
		says             string
		code             int
	}{
		"a program for another machine":                                                 {script(string(foreign)), script(""), "it is a program for another kind of machine than the image", 126},
		"a program for another C library":                                               {script(string(dynamic)), script(""), needs(loader(t, dynamic)), 127},
		"a program whose loader is named at the end of the first page, as Go writes it": {script(string(linked(static, far, 0xfe4))), script(""), needs(far), 127},
		"a program whose loader is named far behind":                                    {script(string(linked(static, far, 0x12345))), script(""), needs(far), 127},
		"an object file":              {script(string(object)), script(""), "it is an ELF file, but no program", 126},
		"half an ELF header":          {script(string(static[:17])), script(""), "it is a program for another kind of machine than the image", 126},
		"a text":                      {script("echo x >/out/ran\n"), script(""), "it is neither an ELF program nor a script with #!", 126},
		"an empty file":               {script(""), script(""), "it is neither an ELF program nor a script with #!", 126},
		"bytes that are no text":      {script("\x00\x00\x7fELF\n"), script(""), "it is neither an ELF program nor a script with #!", 126},
		"a script for no interpreter": {script("#! \necho x >/out/ran\n"), script(""), "its interpreter '' does not exist", 127},
		"a script whose interpreter is for another machine": {script("#!/bin/app\n"), script(string(foreign)),
			"its interpreter '/bin/app' is a program for another kind of machine than the image", 126},
		"a script whose interpreter is for another C library": {script("#!/bin/app -e\n"), script(string(dynamic)),
			"its interpreter '/bin/app' needs the loader " + loader(t, dynamic) + ", which does not exist: is it made for another C library?", 127},
		"a script whose interpreter is not executable": {script("#!/bin/app\n"), text(string(static)), "its interpreter '/bin/app' is not executable for the user 'root'", 126},
		"a script whose interpreter is a folder":       {script("#!/bin\n"), script(""), "its interpreter '/bin' is not executable for the user 'root'", 126},
		"a script whose interpreter is text":           {script("#!/bin/app\n"), script("echo x >/out/ran\n"), "its interpreter '/bin/app' is neither an ELF program nor a script with #!", 126},
		"a script that is its own interpreter":         {script("#!/app\n"), script(""), "too many scripts are interpreters of scripts", 126},
	} {
		for _, supervised := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := Process{Entrypoint: []string{"/app"}, Supervise: supervision(supervised), Restart: lifecycle.Restart{When: lifecycle.RestartAlways}}
				c := run(t, image{Process: p, edit: func(tree *rootfs.Tree) {
					must(t, tree.Put("bin/sh", script(string(busybox(t)))))
					must(t, tree.Put("bin/app", test.interpreter))
					must(t, tree.Put("app", test.app))
				}})
				if code := c.wait(); code != test.code {
					t.Errorf("exit status %d, not %d", code, test.code)
				}
				if got := c.console.String(); got != "lxdocker: cannot start '/app': "+test.says+"\n" {
					t.Errorf("the console says %q", got)
				}
				if _, err := os.Stat(c.root + "/out/ran"); err == nil {
					t.Error("a shell has read it")
				}
			})
		}
	}
}

// Linux lets a script be the interpreter of a script, five times (exec_binprm).
func TestAsManyScriptsMayBeInterpretersAsForTheKernel(t *testing.T) {
	t.Parallel()
	for scripts, want := range map[int]struct {
		code    int
		console string
	}{
		5: {4, "/probe ended: exit 4"},
		6: {126, "cannot start '/script6': too many scripts are interpreters of scripts"},
	} {
		name := "/script" + itoa(scripts)
		c := run(t, image{Process: Process{Entrypoint: []string{name}}, conf: "exit 4", edit: func(tree *rootfs.Tree) {
			interpreter := "/probe"
			for i := 1; i <= scripts; i++ {
				must(t, tree.Put("script"+itoa(i), script("#!"+interpreter+"\n")))
				interpreter = "/script" + itoa(i)
			}
		}})
		if code := c.wait(); code != want.code || !slices.Equal(ours(c), []string{strings.Replace(want.console, "/probe", name, 1)}) {
			t.Errorf("%d scripts: exit status %d, console %q", scripts, code, ours(c))
		}
	}
}

// changed is a program with another 16-bit number at an offset.
func changed(program []byte, at int, n uint16) []byte {
	other := slices.Clone(program)
	binary.NativeEndian.PutUint16(other[at:], n)
	return other
}

// linked is a 64-bit program with the header of another one, and with the name of
// a loader at an offset.
func linked(like []byte, loader string, at int) []byte {
	head := slices.Clone(like[:64])
	binary.NativeEndian.PutUint64(head[32:], 64) // e_phoff
	binary.NativeEndian.PutUint16(head[56:], 2)  // e_phnum
	b := bytes.NewBuffer(head)
	size := uint64(len(loader) + 1)
	binary.Write(b, binary.NativeEndian, []elf.Prog64{{Type: uint32(elf.PT_PHDR)}, {Type: uint32(elf.PT_INTERP), Off: uint64(at), Filesz: size, Memsz: size}})
	b.Write(make([]byte, at-b.Len()))
	b.WriteString(loader + "\x00/lib/ld-other.so.9\x00")
	return b.Bytes()
}

func TestAProgramFor32BitsIsAskedForItsLoaderToo(t *testing.T) {
	t.Parallel()
	machine, ok := map[string]elf.Machine{"amd64": elf.EM_386, "arm64": elf.EM_ARM}[runtime.GOARCH]
	if !ok {
		return // other machines run only their own programs
	}
	const loader = "/lib/ld-linux.so.2"
	var b bytes.Buffer
	order := binary.LittleEndian
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)}
	binary.Write(&b, order, elf.Header32{Ident: ident, Type: uint16(elf.ET_EXEC), Machine: uint16(machine), Version: 1, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: 2})
	binary.Write(&b, order, []elf.Prog32{{Type: uint32(elf.PT_PHDR)}, {Type: uint32(elf.PT_INTERP), Off: 116, Filesz: uint32(len(loader) + 1)}})
	b.WriteString(loader + "\x00")
	c := run(t, image{Process: Process{Entrypoint: []string{"/app"}}, edit: func(tree *rootfs.Tree) { must(t, tree.Put("app", script(b.String()))) }})
	c.wait()
	if got := ours(c); len(got) != 1 || !strings.Contains(got[0], "needs the loader "+loader+",") {
		t.Errorf("the console says %q", got)
	}
}

// The kernel would refuse it too late: after the application counts as started.
func TestAProgramThatItsUserMayNotExecuteIsNotStartedAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		p    Process
		says string
	}{
		"a user given by number":           {Process{User: "4711", Entrypoint: []string{"/app"}}, "cannot start '/app': it is not executable for the user '4711'"},
		"a user and group given by name":   {Process{User: "app:50", Entrypoint: []string{"/app"}}, "cannot start '/app': it is not executable for the user 'app:50'"},
		"a user in several groups":         {Process{User: "app", Entrypoint: []string{"/app"}}, "cannot start '/app': it is not executable for the user 'app'"},
		"a program found in PATH":          {Process{User: "4711", Entrypoint: []string{"app"}, Env: []string{"PATH=/nowhere:/"}}, "cannot start 'app': it is not executable for the user '4711'"},
		"a program in a directory of root": {Process{User: "4711", Entrypoint: []string{"/root/app"}}, "cannot start '/root/app': it is not executable for the user '4711'"},
		"the interpreter of a script":      {Process{User: "4711", Entrypoint: []string{"/script"}}, "cannot start '/script': its interpreter '/app' is not executable for the user '4711'"},
	} {
		for _, supervised := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := test.p
				p.Supervise, p.Restart = supervision(supervised), lifecycle.Restart{When: lifecycle.RestartAlways}
				c := run(t, image{Process: p, conf: "exit 0", edit: func(tree *rootfs.Tree) {
					usersOfTests(t)(tree)
					program, err := probe()
					must(t, err)
					mine := script(string(program))
					mine.Mode = 0o744
					must(t, tree.Put("app", mine))
					must(t, tree.Link("probe", "root/app"))
					must(t, tree.Put("script", script("#!/app\n")))
				}})
				if code := c.wait(); code != 126 {
					t.Errorf("exit status %d, not 126", code)
				}
				if got := c.console.String(); got != "lxdocker: "+test.says+"\n" {
					t.Errorf("the console says %q", got)
				}
			})
		}
	}
}

// Somebody may close it in an instance; no image can.
func TestAUserWhoMayNotEnterTheRootDirectoryIsToldSo(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"4711", "app"} {
		c := run(t, image{Process: Process{User: user}, conf: "exit 0", edit: usersOfTests(t), editInstalled: func(tree *rootfs.Tree) {
			must(t, tree.Put(".", dir(0o700)))
		}})
		if code := c.wait(); code != 126 {
			t.Errorf("exit status %d, not 126", code)
		}
		if want := []string{"cannot start as user '" + user + "': it may not enter /, whose mode has to be 0755"}; !slices.Equal(ours(c), want) {
			t.Errorf("the console says %q, not %q", ours(c), want)
		}
	}
}

func TestAProgramThatOneOfTheUsersGroupsMayExecuteIsStarted(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"app", "app:staff", "4711:50"} {
		c := run(t, image{Process: Process{User: user, Entrypoint: []string{"app"}, Env: []string{"PATH=/a:/b"}}, conf: "exit 4", edit: func(tree *rootfs.Tree) {
			usersOfTests(t)(tree)
			program, err := probe()
			must(t, err)
			mine := script(string(program))
			mine.Mode = 0o700
			must(t, tree.Put("a/app", mine)) // for root only: the search in PATH goes on
			mine.Mode, mine.GID = 0o710, 50
			must(t, tree.Put("b/app", mine))
		}})
		if code := c.wait(); code != 4 {
			t.Errorf("%s: exit status %d, not 4: %q", user, code, c.console)
		}
	}
}

// loader gives the loader that a program asks for.
func loader(t *testing.T, program []byte) string {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(program))
	must(t, err)
	name, err := f.Section(".interp").Data()
	must(t, err)
	return strings.TrimRight(string(name), "\x00")
}
