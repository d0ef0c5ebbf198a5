package rootfs_test

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"sort"
	"strings"

	"lxdocker/internal/rootfs"
)

// model is a second way to merge layers, as simple and as unlike the tree as
// possible: one flat map from real paths to values, in which every operation
// looks at every path. It knows nothing of nodes and never repairs anything on
// the way: missing parents are added, and files in the way removed, by going
// over the whole map after each entry.
type model struct {
	paths map[string]*value // "a/b"; the root is not in it
	layer int
	links int // symbolic links passed for the name at hand
}

type value struct {
	id      *rootfs.Inode // what is shared by hardlinks; nil: a hardlink that waits for its target
	waits   string
	layer   int
	implied bool
}

var errModel = errors.New("the model refuses")

func newModel() *model { return &model{paths: make(map[string]*value)} }

// real follows the links in all but the last component, by recursion.
func (m *model) real(name string) (string, error) {
	m.links = 0
	dir, base := path.Split(strings.Trim(path.Clean("/"+name), "/"))
	parent, err := m.follow(strings.Split(dir, "/"))
	return path.Join(parent, base), err
}

func (m *model) follow(parts []string) (string, error) {
	if len(parts) == 0 {
		return "", nil
	}
	parent, err := m.follow(parts[:len(parts)-1])
	if err != nil {
		return "", err
	}
	last := parts[len(parts)-1]
	if last == ".." {
		return strings.Trim(path.Dir("/"+parent), "/"), nil
	}
	here := path.Join(parent, last)
	v := m.paths[here]
	if v == nil || v.id == nil || v.id.Kind != rootfs.Symlink {
		return here, nil
	}
	if m.links++; m.links > 40 {
		return "", errModel
	}
	if path.IsAbs(v.id.Target) {
		parent = ""
	}
	return m.follow(strings.Split(parent+"/"+v.id.Target, "/"))
}

func isBelow(name, dir string) bool { return dir == "" || strings.HasPrefix(name, dir+"/") }

func (m *model) drop(which func(name string, v *value) bool) {
	maps.DeleteFunc(m.paths, which)
}

// settle makes every parent a directory.
func (m *model) settle() {
	for name := range maps.Clone(m.paths) {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if v := m.paths[dir]; v == nil || v.id == nil || v.id.Kind != rootfs.Dir {
				m.imply(dir)
			}
		}
	}
}

func (m *model) imply(dir string) {
	for ; dir != "." && dir != ""; dir = path.Dir(dir) {
		if v := m.paths[dir]; v == nil || v.id == nil || v.id.Kind != rootfs.Dir {
			m.paths[dir] = &value{id: &rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755, ModTime: rootfs.Epoch}, layer: m.layer, implied: true}
		}
	}
}

func (m *model) apply(entries []rootfs.Entry) error {
	m.layer++
	for _, e := range entries {
		if err := m.entry(e); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		m.settle()
	}
	if err := m.meet(); err != nil {
		return err
	}
	m.drop(func(name string, _ *value) bool { return isBelow(name, "dev") })
	if v := m.paths["dev"]; v != nil && v.id.Kind != rootfs.Dir {
		delete(m.paths, "dev")
		m.imply("dev")
	}
	return nil
}

func (m *model) entry(e rootfs.Entry) error {
	at, err := m.real(e.Name)
	if err != nil {
		return err
	}
	base := path.Base(at)
	lower := func(v *value) bool { return v.layer < m.layer }
	switch {
	case base == ".wh..wh..opq":
		dir := strings.Trim(path.Dir("/"+at), "/")
		m.drop(func(name string, v *value) bool { return isBelow(name, dir) && lower(v) })
	case strings.HasPrefix(base, ".wh."):
		hidden := path.Join(path.Dir(at), base[4:])
		m.drop(func(name string, v *value) bool { return (name == hidden || isBelow(name, hidden)) && lower(v) })
	default:
		return m.put(at, e)
	}
	return nil
}

func (m *model) put(at string, e rootfs.Entry) error {
	v := &value{layer: m.layer}
	if e.Hardlink == "" {
		ino := e.Inode
		v.id = &ino
	} else {
		target, err := m.real(e.Hardlink)
		if err != nil {
			return err
		}
		switch old := m.paths[target]; {
		case old == nil || old.id == nil:
			v.waits = e.Hardlink
		case old.id.Kind == rootfs.Dir:
			return errModel
		default:
			v.id = old.id
		}
	}
	if v.id == nil || v.id.Kind != rootfs.Dir {
		m.drop(func(name string, _ *value) bool { return isBelow(name, at) })
	}
	m.imply(path.Dir(at))
	m.paths[at] = v
	return nil
}

// meet gives waiting hardlinks their targets, again and again until none is left.
func (m *model) meet() error {
	for {
		waiting, progress := 0, false
		for _, v := range m.paths {
			if v.id != nil {
				continue
			}
			waiting++
			target, err := m.real(v.waits)
			if err != nil {
				return err
			}
			if found := m.paths[target]; found != nil && found.id != nil {
				if found.id.Kind == rootfs.Dir {
					return errModel
				}
				v.id, progress = found.id, true
			}
		}
		if waiting == 0 {
			return nil
		}
		if !progress {
			return errModel
		}
	}
}

// list writes the model as list writes a tree.
func (m *model) list() []string {
	names := slices.Collect(maps.Keys(m.paths))
	sort.Slice(names, func(i, j int) bool {
		return slices.Compare(strings.Split(names[i], "/"), strings.Split(names[j], "/")) < 0
	})
	var lines []string
	first := make(map[*rootfs.Inode]string)
	for _, name := range names {
		ino := m.paths[name].id
		if other, ok := first[ino]; ok {
			lines = append(lines, fmt.Sprintf("h %s == %s", name, other))
			continue
		}
		first[ino] = name
		lines = append(lines, fmt.Sprintf("%c %o %s%s", " dflcbp"[ino.Kind], ino.Mode, name, detail(ino)))
	}
	return lines
}
