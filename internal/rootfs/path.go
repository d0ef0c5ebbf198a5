package rootfs

import (
	"bytes"
	"errors"
)

// trimFront takes away what says nothing at the front of a path: slashes, and names ".".
func trimFront(path []byte) []byte {
	for len(path) > 0 {
		if path[0] != '/' && (path[0] != '.' || len(path) > 1 && path[1] != '/') {
			break
		}
		path = path[1:]
	}
	return path
}

// cut takes the first name off a path that trimFront has seen, and gives the rest as such
// a path.
func cut(path []byte) (name, rest []byte) {
	if i := bytes.IndexByte(path, '/'); i >= 0 {
		return path[:i], trimFront(path[i:])
	}
	return path, nil
}

func appendName(path, name []byte) []byte {
	if len(path) > 0 {
		path = append(path, '/')
	}
	return append(path, name...)
}

// entryPath is the path of an entry. It can be used for one entry after the other.
type entryPath struct {
	path  []byte
	parts [][]byte // of the path
}

// clean cuts an entry's name into its components, as dockerd does: slashes at the front
// say nothing, then "a/../b" is b, before any link is followed. A name that leaves the root
// may mean harm and means nothing good (T9).
func (p *entryPath) clean(name string) error {
	p.parts = p.parts[:0]
	// The components move to the front, so that they are a path again.
	p.path = append(p.path[:0], name...)
	for rest := trimFront(p.path); len(rest) > 0; {
		var part []byte
		part, rest = cut(rest)
		switch {
		case string(part) != "..":
			p.parts = append(p.parts, part)
		case len(p.parts) == 0:
			return errors.New(`a name that leaves the root by ".." is not allowed`)
		default:
			p.parts = p.parts[:len(p.parts)-1]
		}
	}
	path := p.path[:0]
	for i, part := range p.parts {
		path = appendName(path, part)
		p.parts[i] = path[len(path)-len(part):]
	}
	p.path = path
	return checkNames(p.parts)
}
