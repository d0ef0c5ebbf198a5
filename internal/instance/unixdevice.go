package instance

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"lxdocker/internal/daemon"
)

// Device is a device of the host that the instance gets.
type Device struct {
	Host string // its path on the daemon's host
	Path string // in the instance
	Node *Node  // what it is there; nil: nobody here knows
}

// Node is a device as a file system has it.
type Node struct {
	Block bool
	GID   int // its group
	Mode  int // permissions
}

// ParseDevice reads the value of docker's --device: /HOST[:/PATH][:rwm].
func ParseDevice(text string) (d Device, err error) {
	parts := strings.Split(text, ":")
	if n := len(parts); n > 1 && !path.IsAbs(parts[n-1]) {
		if err := allows(parts[n-1]); err != nil {
			return d, err
		}
		parts = parts[:n-1]
	}
	if len(parts) > 2 {
		return d, fmt.Errorf("it is /DEVICE, and may have :/PATH in the instance, and :rwm")
	}
	for _, p := range parts {
		if !path.IsAbs(p) || path.Clean(p) == "/" {
			return d, fmt.Errorf("%q is no path of a device: it begins with /", p)
		}
	}
	if !within(parts[0], "/dev") { // so say both daemons
		return d, fmt.Errorf("%s is not in /dev, where devices have to be", parts[0])
	}
	return Device{Host: path.Clean(parts[0]), Path: path.Clean(parts[len(parts)-1])}, nil
}

// allows is an error for access that the daemons cannot give. They permit reading, writing
// and mknod, of which docker makes the first two optional.
func allows(access string) error {
	if access == "" || strings.Trim(access, "rwm") != "" {
		return fmt.Errorf("%q is no access: it is rwm, or some of these letters", access)
	}
	if !strings.Contains(access, "r") || !strings.Contains(access, "w") {
		return fmt.Errorf("an instance that has a device can read and write it: leave :%s out", access)
	}
	return nil
}

// device has the group and the mode of the host's, as with docker, so that an application
// that is not root can open it: the guest adds the groups of devices to its own.
func (d Device) device() daemon.Device {
	all := daemon.Device{"type": "unix-char", "source": d.Host, "path": d.Path, "mode": "0660"}
	if d.Node == nil {
		return all
	}
	if d.Node.Block {
		all["type"] = "unix-block"
	}
	all["gid"], all["mode"] = strconv.Itoa(d.Node.GID), fmt.Sprintf("%04o", d.Node.Mode)
	return all
}
