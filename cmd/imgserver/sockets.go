package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"

	"lxdocker/internal/server/monitor"
	"lxdocker/internal/systemd"
)

// sockets are those that the service manager has opened for this server. nil is one that it
// has not.
type sockets struct{ public, admin net.Listener }

// adminSocket is the FileDescriptorName= of the socket that takes the place of
// --admin-address. All others take that of --address, whatever they are called.
const adminSocket = "admin"

// takeSockets takes over what the service manager has opened.
func takeSockets() (taken sockets, err error) {
	all, err := systemd.Sockets()
	if err != nil {
		return taken, err
	}
	var public, admin []net.Listener
	for _, s := range all {
		if _, tcp := s.Addr().(*net.TCPAddr); s.Name == adminSocket {
			admin = append(admin, s.Listener)
		} else if tcp {
			public = append(public, s.Listener)
		} else {
			return taken, fmt.Errorf("taking over the socket %s of the service manager: clients cannot reach %s: name a port in its ListenStream=, or FileDescriptorName=%s",
				s.Name, s.Addr(), adminSocket)
		}
	}
	switch len(admin) {
	case 0:
	case 1:
		if taken.admin, err = monitor.Take(admin[0]); err != nil {
			return taken, err
		}
	default:
		return taken, fmt.Errorf("taking over the sockets of the service manager: %d are called %s, and there is one", len(admin), adminSocket)
	}
	if len(public) > 0 {
		taken.public = join(public)
	}
	return taken, nil
}

// listener is where clients are answered.
func (o *options) listener(taken sockets) (net.Listener, error) {
	if taken.public != nil {
		return taken.public, nil
	}
	return listen(o.Address)
}

// adminListener is where those who watch are answered. nil: nowhere.
func (o *options) adminListener(ctx context.Context, taken sockets) (net.Listener, error) {
	if taken.admin != nil || o.Admin == "" {
		return taken.admin, nil
	}
	return monitor.Listen(ctx, o.Admin)
}

// joined is several listeners as one. It has the address of the first.
type joined struct {
	net.Listener
	all      []net.Listener
	accepted chan accepted
	closed   chan struct{}
	close    func()
}

type accepted struct {
	conn net.Conn
	err  error
}

func join(all []net.Listener) net.Listener {
	if len(all) == 1 {
		return all[0]
	}
	j := &joined{Listener: all[0], all: slices.Clone(all), accepted: make(chan accepted), closed: make(chan struct{})}
	j.close = sync.OnceFunc(func() { close(j.closed) })
	for _, l := range j.all {
		go j.take(l)
	}
	return j
}

// take accepts the connections of a listener, of which one may wait to be taken here.
func (j *joined) take(l net.Listener) {
	for {
		c, err := l.Accept()
		select {
		case j.accepted <- accepted{c, err}:
		case <-j.closed:
			if err == nil {
				_ = c.Close()
			}
			return
		}
	}
}

func (j *joined) Accept() (net.Conn, error) {
	select {
	case a := <-j.accepted:
		return a.conn, a.err
	case <-j.closed:
		return nil, net.ErrClosed
	}
}

func (j *joined) Close() (err error) {
	j.close()
	for _, l := range j.all {
		if failed := l.Close(); err == nil {
			err = failed
		}
	}
	return err
}
