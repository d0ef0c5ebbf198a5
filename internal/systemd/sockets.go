package systemd

import (
	"fmt"
	"net"

	"github.com/coreos/go-systemd/v22/activation"
)

// Socket is a listening socket that the service manager opened.
type Socket struct {
	net.Listener
	Name string // of FileDescriptorName=; by default, that of the socket unit
}

// Sockets takes over the sockets that this process was started with (LISTEN_FDS). A second
// call finds none.
func Sockets() (all []Socket, err error) {
	for _, file := range activation.Files(true) {
		l, err := net.FileListener(file) // of a copy
		_ = file.Close()
		if err != nil {
			for _, s := range all {
				_ = s.Close()
			}
			return nil, fmt.Errorf("taking over the socket %s of the service manager: %w: in its unit, it has to be one of ListenStream= with Accept=no", file.Name(), err)
		}
		all = append(all, Socket{l, file.Name()})
	}
	return all, nil
}
