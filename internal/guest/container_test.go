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

// patience is how long the tests wait for something that has to happen soon.
const patience = 20 * time.Second

// image is what a test container is made from.
type image struct {
	Process
	conf          string             // /probe.conf: what the application does, see testdata/probe.c
	edit          func(*rootfs.Tree) // changes the tree before the guest is installed
	editInstalled func(*rootfs.Tree) // changes it afterwards

	env               []string   // of the instance
	mounts            []string   // directories that the instance mounts a tmpfs on
	hostCommands      [][]string // run in the container's namespaces, on the host's files
	containerCommands [][]string // of busybox, run with the container's root, just before init
	terminal          bool       // the console is one, as under LXD and Incus
	userNamespace     bool       // as the containers of LXD and Incus are by default
	cgroupNamespace   bool       // likewise, and with /sys
	cgroup            string     // the directory of its control group; "" for that of the tests

	eth0        bool     // there is one, whose other end leads to a network of its own
	dhcpOptions string   // of a DHCP server there; "" for none
	network     *network // that the interfaces named nics lead to
	nics        []string
}

// container is an image that has been started: by the kernel's means, with
// process, mount, host name, IPC and network namespaces of its own.
type container struct {
	t            *testing.T
	root         string
	cmd          *exec.Cmd
	console      *console
	keyboard     *os.File      // of a terminal
	consoleEnded chan struct{} // closed when nobody can write to it any more
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
	if i.editInstalled != nil {
		i.editInstalled(tree)
	}
	c := &container{t: t, root: rootFolder(t, i), console: &console{}}
	unpack(t, tree, c.root)
	if i.userNamespace {
		mapTree(t, c.root)
	}
	c.start(i)
	return c
}

// rootFolder is where a container's root file system lies: on a disk, if its memory
// has a limit, of which files in memory would be a part.
func rootFolder(t *testing.T, i image) string {
	if i.cgroup == "" {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/var/tmp", "guest-test-")
	must(t, err)
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func (c *container) start(i image) {
	t := c.t
	t.Helper()
	job := filepath.Join(t.TempDir(), "job")
	f, err := os.Create(job)
	must(t, err)
	must(t, gob.NewEncoder(f).Encode(startJob{
		Root: c.root, Env: append([]string{"container=lxc"}, i.env...), Mounts: i.mounts, UserNamespace: i.userNamespace,
		HostCommands: i.hostCommands, ContainerCommands: i.containerCommands,
		Eth0: i.eth0, DHCPConfig: dhcpFile(t, i.dhcpOptions), Network: i.network.namespace(), NICs: i.nics, Sys: i.cgroupNamespace, Cgroup: i.cgroup,
	}))
	must(t, f.Close())
	self, err := os.Executable()
	must(t, err)
	r, w, in, inWriter := c.openConsole(i.terminal)
	c.cmd = exec.Command(self)
	c.cmd.Env = []string{starterVariable + "=" + job}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = in, w, w
	c.cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWNET,
		Setsid:     true,
		Pdeathsig:  syscall.SIGKILL, // no container outlives tests that are killed
	}
	c.cmd.SysProcAttr.Setctty = i.terminal
	if i.userNamespace {
		c.inUserNamespace(w)
	}
	must(t, c.cmd.Start())
	w.Close()
	in.Close()
	cmd, ended := c.cmd, c.console.follow(t, r)
	c.consoleEnded = ended // a container can be started again
	t.Cleanup(func() {
		cmd.Process.Kill() // does nothing if it has ended
		cmd.Wait()
		<-ended
		r.Close()
		inWriter.Close()
		if t.Failed() {
			t.Logf("console:\n%s\nlog:\n%s", c.console, strings.Join(c.log(), "\n"))
		}
	})
}

// openConsole gives the ends of a console: those of the tests, to read what is on it
// and to type, and those of the container.
func (c *container) openConsole(terminal bool) (r, w, in, keyboard *os.File) {
	c.t.Helper()
	if terminal {
		ptmx, pts := openTerminal(c.t)
		c.keyboard = ptmx
		return ptmx, pts, pts, ptmx
	}
	r, w, err := os.Pipe()
	must(c.t, err)
	in, keyboard, err = os.Pipe()
	must(c.t, err)
	return r, w, in, keyboard
}

// signal sends PID 1 a signal, as liblxc does: from outside.
func (c *container) signal(s syscall.Signal) {
	c.t.Helper()
	must(c.t, c.cmd.Process.Signal(s))
}

// wait waits for PID 1 to end and gives its exit status.
func (c *container) wait() int {
	c.t.Helper()
	timer := time.AfterFunc(patience, func() {
		c.t.Errorf("PID 1 has not ended after %v", patience)
		c.cmd.Process.Kill()
	})
	defer timer.Stop()
	c.cmd.Wait()
	<-c.consoleEnded
	return c.cmd.ProcessState.ExitCode()
}

// exited tells whether PID 1 has exited.
func (c *container) exited() bool {
	select {
	case <-c.consoleEnded:
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

// waitFor waits for a condition, which what describes.
func (c *container) waitFor(what string, condition func() bool) {
	c.t.Helper()
	c.poll(2*time.Millisecond, what, condition)
}

// waitForCommand is waitFor for a condition that runs programs to look.
func (c *container) waitForCommand(what string, condition func() bool) {
	c.t.Helper()
	c.poll(20*time.Millisecond, what, condition)
}

func (c *container) poll(interval time.Duration, what string, condition func() bool) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); !condition(); time.Sleep(interval) {
		if time.Now().After(deadline) || c.exited() && !condition() {
			c.t.Fatalf("waiting for %s in vain; console:\n%s", what, c.console)
		}
	}
}

// waitForLine waits for a line in the log.
func (c *container) waitForLine(line string) {
	c.t.Helper()
	c.waitFor("the line "+line, func() bool { return c.hasLine(line) })
}

func (c *container) hasLine(line string) bool {
	for _, l := range c.log() {
		if l == line {
			return true
		}
	}
	return false
}

// fields gives what follows a word at the beginning of lines of the log.
func (c *container) fields(word string) []string {
	var found []string
	for _, l := range c.log() {
		if rest, ok := strings.CutPrefix(l, word+" "); ok {
			found = append(found, rest)
		}
	}
	return found
}

// firstField gives what follows a word at the beginning of the first such line.
func (c *container) firstField(word string) string {
	c.t.Helper()
	found := c.fields(word)
	if len(found) == 0 {
		c.t.Fatalf("the application has not said its %s", word)
	}
	return found[0]
}

// readStrings reads a file of strings that the probe has written.
func (c *container) readStrings(name string) []string {
	c.t.Helper()
	b, err := os.ReadFile(filepath.Join(c.root, "out", name))
	must(c.t, err)
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

// environ gives the application's environment.
func (c *container) environ() map[string]string {
	c.t.Helper()
	env := map[string]string{}
	for _, e := range c.readStrings("env") {
		name, value, _ := strings.Cut(e, "=")
		if _, twice := env[name]; twice {
			c.t.Errorf("%s is twice in the environment", name)
		}
		env[name] = value
	}
	return env
}

// path gives the path on the host of a file in the container, seen with the
// container's mounts.
func (c *container) path(name string) string {
	return filepath.Join("/proc", itoa(c.cmd.Process.Pid), "root", name)
}

// remove frees the disk space of a container, for tests that start many.
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
