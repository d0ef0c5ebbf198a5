package guest

import (
	"bytes"
	"encoding/gob"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// startJob is what the starter has to do: it is this test binary again, as the
// first process in namespaces of its own, and becomes /sbin/init as liblxc's
// child would.
type startJob struct {
	Root              string
	Env               []string
	Mounts            []string   // directories in the container that get a tmpfs each before init runs
	HostCommands      [][]string // programs to run in the namespaces, on the host's files
	ContainerCommands [][]string // programs of busybox to run with the container's root, just before init
	UserNamespace     bool       // whether it is in one, where nobody can make devices

	Eth0       bool     // whether there is one
	DHCPConfig string   // if not empty: a configuration file for udhcpd at the other end of eth0
	Network    string   // if not empty: a network namespace that the NICs come from; then there is /sys too
	NICs       []string // names of interfaces

	Sys    bool   // there is /sys, even without a network, and a cgroup namespace
	Cgroup string // if not empty: a directory of a control group for it
}

const starterVariable = "GUEST_TEST_STARTER"

func TestMain(m *testing.M) {
	if job, ok := os.LookupEnv(starterVariable); ok {
		err := becomeInit(job)
		fmt.Fprintln(os.Stderr, "starter:", err)
		os.Exit(99)
	}
	if os.Args[0] == goProgram {
		sayWhatGoSees()
		os.Exit(0)
	}
	var err error
	if programs, err = os.MkdirTemp("", "guest-test"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for name, value := range map[string]string{
		"rapid.checks":  "30",                                // each is a container; -rapid.checks=1000 asks for more
		"test.parallel": itoa(max(8, runtime.GOMAXPROCS(0))), // most containers wait for something most of the time
	} {
		if err := flag.Set(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	code := m.Run()
	os.RemoveAll(programs)
	os.Exit(code)
}

// becomeInit does the job that a file describes.
func becomeInit(file string) error {
	job, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var s startJob
	if err := gob.NewDecoder(bytes.NewReader(job)).Decode(&s); err != nil {
		return err
	}
	for _, words := range s.HostCommands {
		if err := command(words...); err != nil {
			return err
		}
	}
	if s.Cgroup != "" {
		if err := os.WriteFile(filepath.Join(s.Cgroup, "cgroup.procs"), []byte("0"), 0); err != nil {
			return err
		}
	}
	if s.Sys {
		runtime.LockOSThread() // the namespace is that of the thread that becomes init
		if err := syscall.Unshare(syscall.CLONE_NEWCGROUP); err != nil {
			return err
		}
	}
	if err := addInterfaces(s); err != nil {
		return err
	}
	if err := prepareMounts(s); err != nil {
		return err
	}
	for _, words := range s.ContainerCommands {
		if err := command(append([]string{"/busybox-lxd"}, words...)...); err != nil {
			return err
		}
	}
	if err := syscall.Sethostname([]byte("web1")); err != nil {
		return err
	}
	for fd := 3; fd < 1024; fd++ {
		syscall.CloseOnExec(fd) // liblxc closes what it has inherited
	}
	// A signal that is ignored where the tests run must not be in the container:
	// exec resets signals that are caught.
	signal.Notify(make(chan os.Signal, 1))
	signal.Ignore(syscall.SIGPIPE) // as under liblxc
	return syscall.Exec("/sbin/init", []string{"/sbin/init"}, s.Env)
}

func command(words ...string) error {
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("%q: %w: %s", words, err, out)
	}
	return nil
}

// addInterfaces takes the NICs of a network, and makes an eth0. The other end of
// that is in a network namespace of its own, with a DHCP server.
func addInterfaces(s startJob) error {
	if len(s.NICs) > 0 {
		self, err := os.Readlink("/proc/self") // as the namespace of that network knows this process
		if err != nil {
			return err
		}
		for _, name := range s.NICs {
			if err := moveNIC(s.Network, name, "/proc/"+self+"/ns/net"); err != nil {
				return err
			}
		}
	}
	if !s.Eth0 {
		return nil
	}
	if err := command(ip, "link", "add", "eth0", "type", "veth", "peer", "name", "srv"); err != nil || s.DHCPConfig == "" {
		return errors.Join(err, command(ip, "link", "set", "srv", "up"))
	}
	log := filepath.Join(s.Root, "out/dhcp")
	f, err := os.Create(log)
	if err != nil {
		return err
	}
	server := exec.Command("/bin/busybox", "sh", "-c", `
		until ip addr add 10.9.8.1/24 dev srv 2>/dev/null; do usleep 1000; done
		ip link set srv up
		exec busybox udhcpd -f -a 10 "$0"`, s.DHCPConfig)
	server.Stdout, server.Stderr = f, f
	server.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	if err := server.Start(); err != nil {
		return err
	}
	if err := command(ip, "link", "set", "srv", "netns", strconv.Itoa(server.Process.Pid)); err != nil {
		return err
	}
	// Until it has read its file: the host's files are soon out of reach.
	for range 2000 {
		if b, _ := os.ReadFile(log); bytes.Contains(b, []byte("started")) {
			return nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return errors.New("udhcpd has not started")
}

// moveNIC moves an interface from one network namespace to another, and sets it up,
// as liblxc does with those that are there from the start.
func moveNIC(from, name, to string) error {
	if err := command("/usr/bin/nsenter", "--net="+from, ip, "link", "set", name, "netns", to); err != nil {
		return err
	}
	return command("/usr/bin/nsenter", "--net="+to, ip, "link", "set", name, "up")
}

const ip = "/sbin/ip" // of iproute2: busybox cannot make a pair of veth

// prepareMounts does what liblxc does before it starts init.
func prepareMounts(s startJob) error {
	in := func(name string) string { return filepath.Join(s.Root, name) }
	steps := []func() error{
		func() error { return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "") },
		func() error { return syscall.Mount(s.Root, s.Root, "", syscall.MS_BIND, "") },
		func() error { return syscall.Mount("proc", in("proc"), "proc", 0, "") },
		func() error { return syscall.Mount("tmpfs", in("dev"), "tmpfs", 0, "mode=755") },
		func() error { return s.device(in("dev/null"), "/dev/null", 1, 3) },
		func() error { return s.device(in("dev/zero"), "/dev/zero", 1, 5) },
		func() error { return s.device(in("dev/tty"), "/dev/tty", 5, 0) },
		func() error { return os.Mkdir(in("dev/pts"), 0o755) },
		func() error {
			return syscall.Mount("devpts", in("dev/pts"), "devpts", 0, "newinstance,ptmxmode=0666,mode=620")
		},
		func() error { return os.Symlink("pts/ptmx", in("dev/ptmx")) },
		func() error { return os.Symlink("/proc/self/fd/1", in("dev/stdout")) },
		func() error { return os.Symlink("/proc/self/fd/2", in("dev/stderr")) },
	}
	if s.Network != "" || s.Sys {
		steps = append(steps, func() error { return syscall.Mount("sysfs", in("sys"), "sysfs", 0, "") })
	}
	for _, dir := range s.Mounts {
		steps = append(steps,
			func() error { return os.MkdirAll(in(dir), 0o755) },
			func() error { return syscall.Mount("tmpfs", in(dir), "tmpfs", 0, "") })
	}
	steps = append(steps,
		func() error { return syscall.PivotRoot(s.Root, s.Root) },
		func() error { return os.Chdir("/") },
		func() error { return syscall.Unmount("/", syscall.MNT_DETACH) },
		func() error { return os.Chdir("/") },
		func() error { return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, "") },
	)
	for i, step := range steps {
		if err := step(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return nil
}

func (s startJob) device(name, host string, major, minor int) error {
	if s.UserNamespace {
		return errors.Join(os.WriteFile(name, nil, 0o666), syscall.Mount(host, name, "", syscall.MS_BIND, ""))
	}
	if err := syscall.Mknod(name, syscall.S_IFCHR|0o666, major<<8|minor); err != nil {
		return err
	}
	return os.Chmod(name, 0o666)
}
