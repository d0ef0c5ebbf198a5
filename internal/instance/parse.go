package instance

import (
	"fmt"
	"iter"
	"net/netip"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// volumeName is what docker allows, which the daemons do, too.
var volumeName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

// ParseMount reads the value of docker's -v: NAME:PATH, /HOST/PATH:PATH, with options.
func ParseMount(text string) (m Mount, err error) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return m, fmt.Errorf("it is VOLUME:PATH or /HOST/PATH:PATH, and may end in :ro")
	}
	from, to := parts[0], parts[1]
	if !path.IsAbs(to) || path.Clean(to) == "/" {
		return m, fmt.Errorf("%q is no path in the instance: it begins with /, and is not / itself", to)
	}
	m.Path = path.Clean(to)
	switch {
	case path.IsAbs(from):
		m.Host = path.Clean(from)
	case volumeName.MatchString(from):
		m.Volume = from
	default:
		return m, fmt.Errorf("%q is neither the name of a volume nor a path that begins with /", from)
	}
	if len(parts) < 3 {
		return m, nil
	}
	for option := range strings.SplitSeq(parts[2], ",") {
		switch option {
		case "ro":
			m.ReadOnly = true
		case "idmap":
			m.Shift = true
		case "rw", "z", "Z": // labels of SELinux, which these daemons do not use
		default:
			return m, fmt.Errorf("%q is none of ro, rw and idmap", option)
		}
	}
	return m, nil
}

// ParsePort reads the value of docker's -p: [ADDRESS:]HOST:INSIDE[/PROTOCOL], where both may
// be ranges.
func ParsePort(text string) (p Port, err error) {
	p = Port{Address: "0.0.0.0", Protocol: "tcp"}
	rest := text
	if before, protocol, found := strings.Cut(rest, "/"); found {
		if rest, p.Protocol = before, protocol; protocol != "tcp" && protocol != "udp" {
			return p, fmt.Errorf("the protocol %q is neither tcp nor udp", protocol)
		}
	}
	last := strings.LastIndexByte(rest, ':')
	if last < 0 {
		return p, fmt.Errorf("name the port of the host, too, like 8080:%s", rest)
	}
	rest, p.Inside = rest[:last], rest[last+1:]
	p.Host = rest
	if at := strings.LastIndexByte(rest, ':'); at >= 0 {
		p.Host = rest[at+1:]
		a, err := netip.ParseAddr(strings.Trim(rest[:at], "[]"))
		if err != nil {
			return p, fmt.Errorf("%q is no address of the host", rest[:at])
		}
		p.Address = a.String()
	}
	host, err := portRange(p.Host)
	if err != nil {
		return p, err
	}
	inside, err := portRange(p.Inside)
	if err != nil {
		return p, err
	}
	if inside != host && inside != 1 {
		return p, fmt.Errorf("%s are %d ports, and %s are %d", p.Host, host, p.Inside, inside)
	}
	return p, nil
}

// portRange counts the ports of a range.
func portRange(text string) (int, error) {
	from, to, found := strings.Cut(text, "-")
	if !found {
		to = from
	}
	first, err := strconv.ParseUint(from, 10, 16)
	last, wrong := strconv.ParseUint(to, 10, 16)
	if err != nil || wrong != nil || first == 0 || last < first {
		return 0, fmt.Errorf("%q is no port from 1 to 65535, and no range like 8000-8010", text)
	}
	return int(last-first) + 1, nil
}

// overlaps says whether both want the same port of the host.
func (p Port) overlaps(o Port) bool {
	if p.Protocol != o.Protocol || !sameAddress(p.Address, o.Address) {
		return false
	}
	first, last := ends(p.Host)
	from, to := ends(o.Host)
	return first <= to && from <= last
}

// Each lists the ports of the host.
func (p Port) Each() iter.Seq[string] {
	return func(yield func(string) bool) {
		first, last := ends(p.Host)
		for n := first; n <= last; n++ {
			if !yield(strconv.Itoa(n)) {
				return
			}
		}
	}
}

func sameAddress(a, b string) bool {
	return a == b || a == "0.0.0.0" || b == "0.0.0.0" || a == "::" || b == "::"
}

func ends(ports string) (first, last int) {
	from, to, found := strings.Cut(ports, "-")
	if !found {
		to = from
	}
	first, _ = strconv.Atoi(from)
	last, _ = strconv.Atoi(to)
	return first, last
}
