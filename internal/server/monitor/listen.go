package monitor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"lxdocker/internal/durable"
)

// socketMode is the mode of a unix socket: the user who runs the server, and root, may use
// it.
const socketMode = 0o600

// longest is how many bytes the path of a unix socket may have (unix(7)).
const longest = 107

// Check says what is wrong with an address: HOST:PORT, where HOST is a loopback address,
// or unix:/path.
func Check(address string) error {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		switch {
		case !filepath.IsAbs(path):
			return fmt.Errorf("%q: the path of a unix socket begins with /, as in unix:/run/imgserver/admin.sock", address)
		case len(path) > longest:
			return fmt.Errorf("%q: the path of a unix socket has at most %d bytes", address, longest)
		}
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is neither HOST:PORT nor unix:/path", address)
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.Unmap().IsLoopback()) {
		return fmt.Errorf("%q: it is only for this machine: name a loopback address, as in 127.0.0.1:9443, or unix:/path; "+
			"for others, put a reverse proxy before it that asks for a login", address)
	}
	return nil
}

// Listen opens an address. A socket that a program left behind that is no more is
// replaced, and one at which somebody answers is not.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	if err := Check(address); err != nil {
		return nil, err
	}
	path, unix := strings.CutPrefix(address, "unix:")
	if unix {
		return listenUnix(ctx, path)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", address, err)
	}
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() { // what localhost is, a file says
		_ = l.Close()
		return nil, fmt.Errorf("listening on %s: that is %s, no loopback address: look into /etc/hosts", address, l.Addr())
	}
	return l, nil
}

func listenUnix(ctx context.Context, path string) (net.Listener, error) {
	// Of two who find the same old socket, one would remove the new one of the other.
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	lock, err := durable.Lock(ctx, path+".lock", nil)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	defer lock.Unlock()
	if err := removeStale(ctx, path); err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	// The mode that a socket has before it gets its name is that of the file: at no moment
	// others may connect.
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var failed error
		if err := c.Control(func(fd uintptr) { failed = syscall.Fchmod(int(fd), socketMode) }); err != nil {
			return err
		}
		return failed
	}}
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listening on %s: %w", path, err)
	}
	return l, nil
}

// removeStale removes a socket that nobody listens at any more.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("there is a file that is no socket: name another path, or remove it")
	case !durable.IsOurs(info):
		return fmt.Errorf("there is a socket of another user: name another path")
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
		return fmt.Errorf("another program listens there: name another path")
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("looking whether somebody listens there: %w", err)
	}
	return os.Remove(path)
}
