package monitor

import (
	"fmt"
	"net"
	"os"
	"strings"
)

// Take checks a listener that somebody else has opened: like one of Listen, it may only be
// reached from this machine, and a unix socket not by every user of it.
func Take(l net.Listener) (net.Listener, error) {
	switch at := l.Addr().(type) {
	case *net.TCPAddr:
		if !at.IP.IsLoopback() {
			return nil, fmt.Errorf("taking over the socket %s for those who watch: it is only for this machine: its ListenStream= has to be a loopback address, as in 127.0.0.1:9443, or a path", at)
		}
	case *net.UnixAddr:
		if !strings.HasPrefix(at.Name, "/") {
			return nil, fmt.Errorf("taking over the socket %q for those who watch: without a file it has no owner: its ListenStream= has to be a path", at.Name)
		}
		info, err := os.Stat(at.Name)
		if err != nil {
			return nil, fmt.Errorf("taking over the socket %s for those who watch: %w", at.Name, err)
		}
		if mode := info.Mode().Perm(); mode&0o006 != 0 {
			return nil, fmt.Errorf("taking over the socket %s for those who watch: every user may connect (mode %04o): its unit has to say SocketMode=0660, or less", at.Name, mode)
		}
	default:
		return nil, fmt.Errorf("taking over the socket %s for those who watch: it is neither a port nor a unix socket", at)
	}
	return l, nil
}
