package guest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/testenv"
)

// network is what the interfaces of containers lead to: a network namespace that
// has the other end of each, and real servers.
type network struct {
	t   *testing.T
	pid int
}

// newNetwork makes a network with these interfaces. Each is one end of a pair of
// veth; the end that stays is named after it: host-eth0.
func newNetwork(t *testing.T, interfaces ...string) *network {
	t.Helper()
	testenv.NeedsRoot(t)
	holder := exec.Command("/bin/busybox", "sleep", "1000000")
	holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	must(t, holder.Start())
	n := &network{t: t, pid: holder.Process.Pid}
	t.Cleanup(func() {
		holder.Process.Kill()
		holder.Wait()
	})
	n.exec(ip, "link", "set", "lo", "up")
	// Who does not say in its neighbour advertisements that it is a router is soon none for others.
	n.exec("/bin/busybox", "sysctl", "-qw", "net/ipv6/conf/all/forwarding=1")
	for i, name := range interfaces {
		n.addInterface(name, i+1)
	}
	return n
}

// addInterface makes one. Its subnet is 10.9.N.0/24, its other end 10.9.N.1.
func (n *network) addInterface(name string, number int) {
	n.t.Helper()
	n.exec(ip, "link", "add", "host-"+name, "type", "veth", "peer", "name", name)
	// As on a bridge that has long been up, its address is good at once: a router without
	// one does not answer, and the next question comes four seconds later.
	n.exec("/bin/busybox", "sysctl", "-qw", "net/ipv6/conf/host-"+name+"/accept_dad=0")
	n.exec(ip, "addr", "add", fmt.Sprintf("10.9.%d.1/24", number), "dev", "host-"+name)
	n.exec(ip, "addr", "add", fmt.Sprintf("fd00:9:%d::1/64", number), "dev", "host-"+name, "nodad")
	n.exec(ip, "link", "set", "host-"+name, "up")
}

// namespace is the path of the network namespace; "" without a network.
func (n *network) namespace() string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf("/proc/%d/ns/net", n.pid)
}

// exec runs a program in the network.
func (n *network) exec(words ...string) {
	n.t.Helper()
	must(n.t, command(append([]string{"/usr/bin/nsenter", "--net=" + n.namespace()}, words...)...))
}

// server is dnsmasq or udhcpd in a network.
type server struct {
	t   *testing.T
	cmd *exec.Cmd
	log string
}

// dnsmasq serves the subnet of an interface, by its options.
func (n *network) dnsmasq(name string, options ...string) *server {
	n.t.Helper()
	return n.dnsmasqOn("host-"+name, options...)
}

func (n *network) dnsmasqOn(name string, options ...string) *server {
	n.t.Helper()
	program := testenv.NeedsProgram(n.t, "dnsmasq", "dnsmasq-base")
	dir := n.t.TempDir()
	return n.serve("started", append([]string{program,
		"--keep-in-foreground", "--conf-file=/dev/null", "--no-ping", "--port=0", "--bind-interfaces", "--except-interface=lo",
		"--interface=" + name, "--pid-file=", "--user=root", "--log-facility=-",
		"--dhcp-leasefile=" + filepath.Join(dir, "leases"), "--quiet-ra",
	}, options...)...)
}

// udhcpd serves the first subnet of the network with one address.
func (n *network) udhcpd(name string, last int) *server {
	n.t.Helper()
	dir := n.t.TempDir()
	conf := filepath.Join(dir, "conf")
	must(n.t, os.WriteFile(conf, fmt.Appendf(nil, "interface host-%s\nstart 10.9.1.%[2]d\nend 10.9.1.%[2]d\npidfile /dev/null\nlease_file %[3]s/leases\n"+
		"option subnet 255.255.255.0\noption router 10.9.1.1\noption lease 600\n", name, last, dir), 0o644))
	must(n.t, os.WriteFile(filepath.Join(dir, "leases"), nil, 0o644))
	return n.serve("started", "/bin/busybox", "udhcpd", "-f", "-a", "10", conf)
}

// serve starts a program in the network and waits until it prints a word.
func (n *network) serve(word string, words ...string) *server {
	n.t.Helper()
	s := &server{t: n.t, log: filepath.Join(n.t.TempDir(), "log")}
	f, err := os.Create(s.log)
	must(n.t, err)
	defer f.Close()
	s.cmd = exec.Command("/usr/bin/nsenter", append([]string{"--net=" + n.namespace()}, words...)...)
	s.cmd.Stdout, s.cmd.Stderr = f, f
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	must(n.t, s.cmd.Start())
	n.t.Cleanup(func() {
		s.kill()
		if n.t.Failed() {
			n.t.Logf("server %q:\n%s", words, s.output())
		}
	})
	for deadline := time.Now().Add(patience); !strings.Contains(s.output(), word); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			n.t.Fatalf("%q does not start: %s", words, s.output())
		}
	}
	return s
}

// kill kills the server: it tells its clients nothing.
func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

func (s *server) output() string {
	b, err := os.ReadFile(s.log)
	must(s.t, err)
	return string(b)
}

// attach gives a running container an interface of the network, as `lxc config
// device add` does: it comes with another name, is not up, and is renamed.
func (c *container) attach(n *network, name string) {
	c.t.Helper()
	n.exec(ip, "link", "set", name, "name", "veth12345")
	n.exec(ip, "link", "set", "veth12345", "netns", itoa(c.cmd.Process.Pid))
	c.inNetwork(ip, "link", "set", "veth12345", "name", name)
}

// inNetwork runs a program in the container's network namespace.
func (c *container) inNetwork(words ...string) string {
	c.t.Helper()
	out, err := exec.Command("/usr/bin/nsenter", append([]string{"--net=/proc/" + itoa(c.cmd.Process.Pid) + "/ns/net"}, words...)...).CombinedOutput()
	if err != nil {
		c.t.Errorf("%q: %v: %s", words, err, out)
	}
	return strings.TrimSpace(string(out))
}

// addressesOf gives the global addresses of an interface, IPv4 first.
func (c *container) addressesOf(name string) string {
	c.t.Helper()
	var found []string
	inNamespace(c.t, "/proc/"+itoa(c.cmd.Process.Pid)+"/ns/net", func() {
		nic, err := net.InterfaceByName(name)
		if err != nil {
			return // there is no such interface
		}
		addresses, err := nic.Addrs()
		must(c.t, err)
		for _, a := range addresses {
			if a.(*net.IPNet).IP.IsGlobalUnicast() {
				found = append(found, a.String())
			}
		}
	})
	slices.SortStableFunc(found, func(a, b string) int { return strings.Count(a, ":") - strings.Count(b, ":") })
	return strings.Join(found, " ")
}

// inNamespace calls do on a thread that is in a network namespace meanwhile. Who looks
// often needs no program for it. The thread must not end: that would kill the containers
// it has started (Pdeathsig).
func inNamespace(t *testing.T, path string, do func()) {
	t.Helper()
	inside, err := os.Open(path)
	if err != nil {
		return // the container has ended
	}
	defer inside.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	outside, err := os.Open("/proc/thread-self/ns/net")
	must(t, err)
	defer outside.Close()
	must(t, unix.Setns(int(inside.Fd()), unix.CLONE_NEWNET))
	defer func() {
		if err := unix.Setns(int(outside.Fd()), unix.CLONE_NEWNET); err != nil {
			panic(err) // other tests would go on in there
		}
	}()
	do()
}

// waitForAddresses waits until an interface has exactly these addresses.
func (c *container) waitForAddresses(name, want string) {
	c.t.Helper()
	got := ""
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(5 * time.Millisecond) {
		if got = c.addressesOf(name); got == want {
			return
		}
		if time.Now().After(deadline) || c.exited() {
			c.t.Fatalf("%s has %q, not %q; console:\n%s\nDHCP:\n%s", name, got, want, c.console, c.file("run/lxdocker/dhcp.log"))
		}
	}
}

// defaultRoutes gives them, IPv4 or IPv6, best first.
func (c *container) defaultRoutes(family string) []string {
	c.t.Helper()
	var found []string
	for line := range strings.Lines(c.inNetwork(ip, family, "route", "show", "default")) {
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
	b, _ := os.ReadFile(c.path(name))
	return string(b)
}

// waitForFile waits until a file in the container has this content.
func (c *container) waitForFile(name, want string) {
	c.t.Helper()
	for deadline := time.Now().Add(patience); c.file(name) != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) || c.exited() {
			c.t.Fatalf("/%s holds %q, not %q", name, c.file(name), want)
		}
	}
}

// client gives the id of an interface's udhcpc; "" if there is none.
func (c *container) client(name string) string {
	pid, _, _ := strings.Cut(c.file("run/lxdocker/net."+name+".pid"), " ")
	return pid
}

// processOf finds the process in the container that runs words like these, and gives
// its number there; 0 if there is none.
func (c *container) processOf(words ...string) int {
	c.t.Helper()
	if found := c.processesOf(words...); len(found) > 0 {
		return found[0]
	}
	return 0
}

func (c *container) processesOf(words ...string) (found []int) {
	c.t.Helper()
	namespace := func(process string) string {
		link, _ := os.Readlink(filepath.Join(process, "ns/pid"))
		return link
	}
	inside := namespace("/proc/" + itoa(c.cmd.Process.Pid))
	processes, err := filepath.Glob("/proc/[1-9]*")
	must(c.t, err)
	for _, process := range processes {
		line, _ := os.ReadFile(filepath.Join(process, "cmdline"))
		line = bytes.ReplaceAll(line, []byte{0}, []byte{' '})
		all := len(line) > 0
		for _, word := range words {
			all = all && bytes.Contains(line, []byte(word))
		}
		if !all || inside == "" || namespace(process) != inside {
			continue
		}
		status, _ := os.ReadFile(filepath.Join(process, "status"))
		_, after, _ := strings.Cut(string(status), "NSpid:")
		numbers, _, _ := strings.Cut(after, "\n")
		if f := strings.Fields(numbers); len(f) > 0 {
			pid, err := strconv.Atoi(f[len(f)-1])
			must(c.t, err)
			found = append(found, pid)
		}
	}
	return found
}
