package instance

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"lxdocker/internal/daemon"
)

// devices are those of an instance that is asked for. pool is where volumes are.
func (o Options) devices(pool string) daemon.Devices {
	all := daemon.Devices{}
	add := func(name string, d daemon.Device) {
		free := name // several paths, and ports, have the same name
		for n := 2; all[free] != nil; n++ {
			free = fmt.Sprintf("%s-%d", name, n)
		}
		all[free] = d
	}
	for _, p := range o.Ports {
		add(strings.ReplaceAll(fmt.Sprintf("port-%s-%s", p.Host, p.Protocol), ":", ""), p.device())
	}
	for _, m := range o.Mounts {
		add(diskName(m.Path), m.device(pool))
	}
	for _, d := range o.Devices {
		add("device"+part(d.Path, 56), d.device())
	}
	switch o.Network {
	case "", "bridge", "default": // docker's names for the usual one
	case "none":
		all["eth0"] = daemon.Device{"type": "none"}
	default:
		all["eth0"] = daemon.Device{"type": "nic", "name": "eth0", "network": o.Network}
	}
	if o.Pool != "" {
		all["root"] = daemon.Device{"type": "disk", "path": "/", "pool": o.Pool}
	}
	return all
}

func (p Port) device() daemon.Device {
	address := p.Address
	inside := "127.0.0.1"
	if strings.Contains(address, ":") {
		address, inside = "["+address+"]", "[::1]"
	}
	return daemon.Device{"type": "proxy",
		"listen":  p.Protocol + ":" + address + ":" + p.Host,
		"connect": p.Protocol + ":" + inside + ":" + p.Inside}
}

// parsePort reads the listening side of a proxy device; false for one of a socket.
func parsePort(listen string) (p Port, ok bool) {
	protocol, rest, _ := strings.Cut(listen, ":")
	at := strings.LastIndexByte(rest, ':')
	if at < 0 || protocol != "tcp" && protocol != "udp" {
		return p, false
	}
	return Port{Protocol: protocol, Address: strings.Trim(rest[:at], "[]"), Host: rest[at+1:]}, true
}

func (m Mount) device(pool string) daemon.Device {
	d := daemon.Device{"type": "disk", "path": m.Path}
	if m.Volume != "" {
		d["pool"], d["source"] = pool, m.Volume
	} else {
		d["source"] = m.Host
	}
	if m.ReadOnly {
		d["readonly"] = "true"
	}
	if m.Shift {
		d["shift"] = "true"
	}
	return d
}

var unnamable = regexp.MustCompile(`[^a-zA-Z0-9_.-]+`)

// diskName is the name of the device at a path; names have at most 64 characters.
func diskName(at string) string { return "disk" + part(at, 56) }

// part is a path as part of a name: the end says more than the beginning.
func part(at string, most int) string {
	text := unnamable.ReplaceAllString(path.Clean(at), "-")
	if len(text) > most {
		text = "-" + text[len(text)-most+1:]
	}
	return text
}
