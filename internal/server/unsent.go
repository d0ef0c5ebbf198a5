package server

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// mostUnsent is how many bytes of a response the kernel buffers before it can send them. By
// default it buffers four megabytes for a client that reads nothing, and a thousand of
// those take all the memory of a small machine. Bytes in flight do not count, so a fast
// link over a long distance stays fast.
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
