package server

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// mostUnsent is how many bytes of a response the kernel takes that it cannot send yet.
// Otherwise it takes four megabytes for a client that reads nothing, and a thousand of
// those take all of a small machine. What is on its way is not counted, so that a fast
// link over a long way stays fast.
const mostUnsent = 256 << 10

// limitUnsent makes the connections of a listener keep to that.
func limitUnsent(l net.Listener) net.Listener { return unsentListener{l} }

type unsentListener struct{ net.Listener }

func (l unsentListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	// A connection without the bound is better than none.
	if s, ok := c.(syscall.Conn); ok {
		if raw, err := s.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) {
				_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, mostUnsent)
			})
		}
	}
	return c, nil
}
