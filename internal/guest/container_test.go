package guest

import (
	"encoding/gob"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/rootfs"
	"lxdocker/internal/testenv"
)

// patience is how long the tests wait for what has to happen soon.
const patience = 20 * time.Second

// image is what a test container is made from.
type image struct {
	Process
	conf   string             // /probe.conf: what the application does, see testdata/probe.c
	edit   func(*rootfs.Tree) // changes the tree before the guest is installed
	after  func(*rootfs.Tree) // and after
	env    []string           // of the instance
	mounts []string
	before [][]string
	inside [][]string
	wired  bool   // there is an eth0
	dhcp   string // options of a DHCP server at its other end; "" for none
	world  *world // where the interfaces named plugs come from
	plugs  []string
	mapped bool // in a user namespace, as the containers of LXD and Incus are by default
}

// container is an image that has been started: by the kernel's means, with a
// process, mount, host name, IPC and network namespace of its own.
type container struct {
	t       *testing.T
	root    string
	cmd     *exec.Cmd
	console *console
	read    chan struct{} // closed when the console has ended
}

// run installs the guest into a tree that holds the probe, writes it to a
// directory and starts it. The probe is the command unless there is one.
func run(t *testing.T, i image) *container {
	t.Helper()
	testenv.NeedsRoot(t)
	if i.Entrypoint == nil {
		i.Entrypoint = []string{"/probe"}
	}
	tree := probeTree(t)
	must(t, tree.Put("probe.conf", text(i.conf)))
	if i.edit != nil {
		i.edit(tree)
	}
	must(t, Install(tree, i.Process, busybox(t)))
	if i.after != nil {
		i.after(tree)
	}
	c := &container{t: t, root: t.TempDir(), console: &console{}}
	unpack(t, tree, c.root)
	if i.mapped {
		mapTree(t, c.root)
	}
	c.start(i)
	return c
}

func (c *container) start(i image) {
	t := c.t
	t.Helper()
	job := filepath.Join(t.TempDir(), "job")
	f, err := os.Create(job)
	must(t, err)
	must(t, gob.NewEncoder(f).Encode(start{Root: c.root, Env: append([]string{"container=lxc"}, i.env...), Mounts: i.mounts, Before: i.before, Inside: i.inside, Wired: i.wired, DHCP: dhcpFile(t, i.dhcp), World: i.world.path(), Plugs: i.plugs, Mapped: i.mapped}))
	must(t, f.Close())
	self, err := os.Executable()
	must(t, err)
	r, w, err := os.Pipe()
	must(t, err)
	in, inWriter, err := os.Pipe()
	must(t, err)
	c.cmd = exec.Command(self)
	c.cmd.Env = []string{starterVariable + "=" + job}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = in, w, w
	c.cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
		Setsid:     true,
		Pdeathsig:  syscall.SIGKILL, // no container outlives tests that are killed
	}
	if i.mapped {
		c.mapped(w)
	}
	must(t, c.cmd.Start())
	w.Close()
	in.Close()
	cmd, read := c.cmd, c.console.follow(t, r)
	c.read = read // a container can be started again
	t.Cleanup(func() {
		cmd.Process.Kill() // does nothing if it has ended
		cmd.Wait()
		<-read
		r.Close()
		inWriter.Close()
		if t.Failed() {
			t.Logf("console:\n%s\nlog:\n%s", c.console, strings.Join(c.log(), "\n"))
		}
	})
}

// kill sends PID 1 a signal, as liblxc does: from outside.
func (c *container) kill(s syscall.Signal) {
	c.t.Helper()
	must(c.t, c.cmd.Process.Signal(s))
}

// end waits for PID 1 to end and gives its exit status.
func (c *container) end() int {
	c.t.Helper()
	timer := time.AfterFunc(patience, func() {
		c.t.Errorf("PID 1 has not ended after %v", patience)
		c.cmd.Process.Kill()
	})
	defer timer.Stop()
	c.cmd.Wait()
	<-c.read
	return c.cmd.ProcessState.ExitCode()
}

// ended tells whether PID 1 has.
func (c *container) ended() bool {
	select {
	case <-c.read:
		return true
	default:
		return false
	}
}

// log gives the lines that the probe has written.
func (c *container) log() []string {
	b, _ := os.ReadFile(filepath.Join(c.root, "out/log"))
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

// until waits for something to be true.
func (c *container) until(what string, true func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !true(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) || c.ended() && !true() {
			c.t.Fatalf("waiting for %s in vain; console:\n%s", what, c.console)
		}
	}
}

// ready waits for a line in the log.
func (c *container) ready(line string) {
	c.t.Helper()
	c.until("the line "+line, func() bool { return c.has(line) })
}

func (c *container) has(line string) bool {
	for _, l := range c.log() {
		if l == line {
			return true
		}
	}
	return false
}

// field gives what follows a word at the beginning of lines of the log.
func (c *container) field(word string) []string {
	var found []string
	for _, l := range c.log() {
		if rest, ok := strings.CutPrefix(l, word+" "); ok {
			found = append(found, rest)
		}
	}
	return found
}

// first gives what follows a word at the beginning of the first such line.
func (c *container) first(word string) string {
	c.t.Helper()
	found := c.field(word)
	if len(found) == 0 {
		c.t.Fatalf("the application has not said its %s", word)
	}
	return found[0]
}

// list reads a file of strings that the probe has written.
func (c *container) list(name string) []string {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.root, "out", name))
	must(c.t, err)
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

// environ gives the application's environment.
func (c *container) environ() map[string]string {
	c.t.Helper()
	env := map[string]string{}
	for _, e := range c.list("env") {
		name, value, _ := strings.Cut(e, "=")
		if _, twice := env[name]; twice {
			c.t.Errorf("%s is twice in the environment", name)
		}
		env[name] = value
	}
	return env
}

// inside gives the path, on the host, of a file as the container has it now:
// with its mounts.
func (c *container) inside(name string) string {
	return filepath.Join("/proc", itoa(c.cmd.Process.Pid), "root", name)
}

// inNetwork runs an applet of busybox in the container's network namespace.
func (c *container) inNetwork(words ...string) string {
	c.t.Helper()
	args := append([]string{"nsenter", "-t", itoa(c.cmd.Process.Pid), "-n", "/bin/busybox"}, words...)
	out, err := exec.Command("/bin/busybox", args...).CombinedOutput()
	if err != nil {
		c.t.Errorf("%q: %v: %s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

// remove gives back what an ended container holds, for tests that start many.
func (c *container) remove() {
	c.t.Helper()
	must(c.t, os.RemoveAll(c.root))
}

func supervision(supervised bool) Supervision {
	if supervised {
		return Always
	}
	return Never
}
