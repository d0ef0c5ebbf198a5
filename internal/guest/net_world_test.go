package guest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/testenv"
)

// world is what the interfaces of containers lead to: a network namespace with
// one network for each interface, and real servers in it.
type world struct {
	t   *testing.T
	pid int
}

// newWorld makes a world with these interfaces; each is one end of a cable, and
// the end that stays is named after it: wire-eth0.
func newWorld(t *testing.T, interfaces ...string) *world {
	t.Helper()
	testenv.NeedsRoot(t)
	holder := exec.Command("/bin/busybox", "sleep", "1000000")
	holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	must(t, holder.Start())
	w := &world{t: t, pid: holder.Process.Pid}
	t.Cleanup(func() {
		holder.Process.Kill()
		holder.Wait()
	})
	w.do(ip, "link", "set", "lo", "up")
	for i, name := range interfaces {
		w.cable(name, i+1)
	}
	return w
}

// cable lays one; its network is 10.9.N.0/24, the world's end is 10.9.N.1.
func (w *world) cable(name string, n int) {
	w.t.Helper()
	w.do(ip, "link", "add", "wire-"+name, "type", "veth", "peer", "name", name)
	w.do(ip, "addr", "add", fmt.Sprintf("10.9.%d.1/24", n), "dev", "wire-"+name)
	w.do(ip, "addr", "add", fmt.Sprintf("fd00:9:%d::1/64", n), "dev", "wire-"+name, "nodad")
	w.do(ip, "link", "set", "wire-"+name, "up")
}

// path is that of the namespace; none without a world.
func (w *world) path() string {
	if w == nil {
		return ""
	}
	return fmt.Sprintf("/proc/%d/ns/net", w.pid)
}

// do runs a program in the world.
func (w *world) do(words ...string) {
	w.t.Helper()
	must(w.t, command(append([]string{"/usr/bin/nsenter", "--net=" + w.path()}, words...)...))
}

// server is dnsmasq or udhcpd in a world.
type server struct {
	t   *testing.T
	cmd *exec.Cmd
	log string
}

// dnsmasq serves the network of an interface, by its options.
func (w *world) dnsmasq(name string, options ...string) *server {
	w.t.Helper()
	return w.dnsmasqOn("wire-"+name, options...)
}

func (w *world) dnsmasqOn(name string, options ...string) *server {
	w.t.Helper()
	program := testenv.NeedsProgram(w.t, "dnsmasq", "dnsmasq-base")
	dir := w.t.TempDir()
	return w.serve("started", append([]string{program,
		"--keep-in-foreground", "--conf-file=/dev/null", "--no-ping", "--port=0", "--bind-interfaces", "--except-interface=lo",
		"--interface=" + name, "--pid-file=", "--user=root", "--log-facility=-",
		"--dhcp-leasefile=" + filepath.Join(dir, "leases"), "--quiet-ra",
	}, options...)...)
}

// udhcpd serves a network of the world with one address: its leases can be
// shorter than dnsmasq's two minutes.
func (w *world) udhcpd(name string, last int, options string) *server {
	w.t.Helper()
	dir := w.t.TempDir()
	conf := filepath.Join(dir, "conf")
	must(w.t, os.WriteFile(conf, fmt.Appendf(nil, "interface wire-%s\nstart 10.9.1.%[2]d\nend 10.9.1.%[2]d\npidfile /dev/null\nlease_file %[3]s/leases\nmin_lease 1\n%[4]s",
		name, last, dir, options), 0o644))
	must(w.t, os.WriteFile(filepath.Join(dir, "leases"), nil, 0o644))
	return w.serve("started", "/bin/busybox", "udhcpd", "-f", "-a", "10", conf)
}

// serve starts a program in the world and waits until it says a word.
func (w *world) serve(word string, words ...string) *server {
	w.t.Helper()
	s := &server{t: w.t, log: filepath.Join(w.t.TempDir(), "log")}
	f, err := os.Create(s.log)
	must(w.t, err)
	defer f.Close()
	s.cmd = exec.Command("/usr/bin/nsenter", append([]string{"--net=" + w.path()}, words...)...)
	s.cmd.Stdout, s.cmd.Stderr = f, f
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(w.t, s.cmd.Start())
	w.t.Cleanup(func() {
		s.end()
		if w.t.Failed() {
			w.t.Logf("server %q:\n%s", words, s.said())
		}
	})
	for deadline := time.Now().Add(patience); !strings.Contains(s.said(), word); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("%q does not start: %s", words, s.said())
		}
	}
	return s
}

// end kills the server: its clients are told nothing.
func (s *server) end() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func (s *server) said() string {
	b, err := os.ReadFile(s.log)
	must(s.t, err)
	return string(b)
}

// plug gives a running container an interface of the world, as `lxc config
// device add` does: it comes with another name, is not up, and is renamed.
func (c *container) plug(w *world, name string) {
	c.t.Helper()
	w.do(ip, "link", "set", name, "name", "veth12345")
	w.do(ip, "link", "set", "veth12345", "netns", itoa(c.cmd.Process.Pid))
	c.inNet(ip, "link", "set", "veth12345", "name", name)
}

// inNet runs a program in the container's network.
func (c *container) inNet(words ...string) string {
	c.t.Helper()
	out, err := exec.Command("/usr/bin/nsenter", append([]string{"--net=/proc/" + itoa(c.cmd.Process.Pid) + "/ns/net"}, words...)...).CombinedOutput()
	if err != nil {
		c.t.Errorf("%q: %v: %s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

// addressesOf gives the addresses of an interface that are for more than the
// link, sorted by family.
func (c *container) addressesOf(name string) string {
	c.t.Helper()
	out, err := exec.Command("/usr/bin/nsenter", "--net=/proc/"+itoa(c.cmd.Process.Pid)+"/ns/net",
		ip, "-o", "addr", "show", "scope", "global", "dev", name).Output()
	if err != nil {
		return "" // there is no such interface
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		found = append(found, strings.Fields(line)[3])
	}
	return strings.Join(found, " ")
}

// gets waits until an interface has exactly these addresses.
func (c *container) gets(name, want string) {
	c.t.Helper()
	got := ""
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(5 * time.Millisecond) {
		if got = c.addressesOf(name); got == want {
			return
		}
		if time.Now().After(deadline) || c.ended() {
			c.t.Fatalf("%s has %q, not %q; console:\n%s\nDHCP:\n%s", name, got, want, c.console, c.file("run/lxdocker/dhcp.log"))
		}
	}
}

// defaultRoutes gives them, IPv4 or IPv6, best first.
func (c *container) defaultRoutes(family string) []string {
	c.t.Helper()
	var found []string
	for line := range strings.Lines(c.inNet(ip, family, "route", "show", "default")) {
		f := strings.Fields(line)
		route := strings.Join(f[1:5], " ")
		for i := range f[:len(f)-1] {
			if f[i] == "metric" {
				route += " metric " + f[i+1]
			}
		}
		found = append(found, route)
	}
	return found
}

// file reads a file in the container; "" if there is none.
func (c *container) file(name string) string {
	b, _ := os.ReadFile(c.inside(name))
	return string(b)
}

// holds waits until a file in the container has this content.
func (c *container) holds(name, want string) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); c.file(name) != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) || c.ended() {
			c.t.Fatalf("/%s holds %q, not %q", name, c.file(name), want)
		}
	}
}

// processOf finds the process in the container that runs words like these.
func (c *container) processOf(words ...string) int {
	c.t.Helper()
	for _, line := range strings.Split(c.busybox("ps", "-o", "pid,args"), "\n") {
		all := true
		for _, word := range words {
			all = all && strings.Contains(line, word)
		}
		if all && !strings.Contains(line, " ps ") {
			var pid int
			fmt.Sscan(line, &pid)
			return pid
		}
	}
	return 0
}
