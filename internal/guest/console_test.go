package guest

import (
	"bytes"
	"fmt"
	"os"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// console is what a container has written to its console so far. The console is a
// pipe, whose buffer is emptied before each look.
type console struct {
	mu   sync.Mutex
	text bytes.Buffer
	pipe syscall.RawConn
}

// follow reads the pipe to its end in the background, and then closes ended.
func (c *console) follow(t *testing.T, r *os.File) (ended chan struct{}) {
	t.Helper()
	pipe, err := r.SyscallConn()
	must(t, err)
	c.mu.Lock()
	c.pipe = pipe
	c.mu.Unlock()
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		pipe.Read(c.take) // an error means that it was closed
	}()
	return ended
}

// take reads what is in the pipe, and says whether it has ended.
func (c *console) take(fd uintptr) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b [4096]byte
	for {
		n, err := syscall.Read(int(fd), b[:])
		switch {
		case n > 0:
			c.text.Write(b[:n])
		case err == syscall.EINTR:
		default:
			return err != syscall.EAGAIN
		}
	}
}

func (c *console) String() string {
	c.mu.Lock()
	pipe := c.pipe
	c.mu.Unlock()
	pipe.Control(func(fd uintptr) { c.take(fd) }) // if it is closed, everything was read
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text.String()
}

// openTerminal gives both ends of a new pseudoterminal.
func openTerminal(t *testing.T) (ptmx, pts *os.File) {
	t.Helper()
	ptmx, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NONBLOCK, 0)
	must(t, err)
	number, err := unix.IoctlGetInt(int(ptmx.Fd()), unix.TIOCGPTN)
	must(t, err)
	must(t, unix.IoctlSetPointerInt(int(ptmx.Fd()), unix.TIOCSPTLCK, 0))
	pts, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	must(t, err)
	must(t, unix.SetNonblock(int(ptmx.Fd()), true)) // Fd has made it wait
	return ptmx, pts
}
