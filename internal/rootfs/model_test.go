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
// possible: flat maps from real paths to values, in which every operation
// looks at every path. It knows nothing of nodes and never repairs anything on
// the way: missing parents are added, and files in the way removed, by going
// over the whole map after each entry.
type model struct {
	below paths // what the layers so far are together
	own   paths // what the current layer has
	links int   // symbolic links passed for the name at hand
}

// paths has a value for "a/b"; the root is not in it.
type paths map[string]*value

type value struct {
	id      *rootfs.Inode // what is shared by hardlinks; nil: a hardlink that waits for its target
	waits   string
	implied bool
}

func (v *value) isDir() bool { return v != nil && v.id != nil && v.id.Kind == rootfs.Dir }

var errModel = errors.New("the model refuses")

func newModel() *model { return &model{below: make(paths)} }

// real follows the links in all but the last component, by recursion.
func (m *model) real(in paths, name string) (string, error) {
	m.links = 0
	dir, base := path.Split(strings.Trim(path.Clean("/"+name), "/"))
	parent, err := m.follow(in, strings.Split(dir, "/"))
	return path.Join(parent, base), err
}

func (m *model) follow(in paths, parts []string) (string, error) {
	if len(parts) == 0 {
		return "", nil
	}
	parent, err := m.follow(in, parts[:len(parts)-1])
	if err != nil {
		return "", err
	}
	last := parts[len(parts)-1]
	if last == ".." {
		return strings.Trim(path.Dir("/"+parent), "/"), nil
	}
	here := path.Join(parent, last)
	v := in[here]
	if v == nil || v.id == nil || v.id.Kind != rootfs.Symlink {
		return here, nil
	}
	if m.links++; m.links > 40 {
		return "", errModel
	}
	if path.IsAbs(v.id.Target) {
		parent = ""
	}
	return m.follow(in, strings.Split(parent+"/"+v.id.Target, "/"))
}

func isBelow(name, dir string) bool { return dir == "" || strings.HasPrefix(name, dir+"/") }

func (p paths) drop(which func(name string) bool) {
	maps.DeleteFunc(p, func(name string, _ *value) bool { return which(name) })
}

// parents lists the directories above a path, the nearest first.
func parents(name string) (all []string) {
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		all = append(all, dir)
	}
	return all
}

// settle makes every parent a directory.
func (p paths) settle() {
	for name := range maps.Clone(p) {
		for _, dir := range parents(name) {
			p.imply(dir)
		}
	}
}

func (p paths) imply(dir string) {
	if !p[dir].isDir() {
		p[dir] = &value{id: &rootfs.Inode{Kind: rootfs.Dir, Mode: 0o755, ModTime: rootfs.Epoch}, implied: true}
	}
}

func (m *model) apply(entries []rootfs.Entry) error {
	m.own = make(paths)
	for _, e := range entries {
		if err := m.entry(e); err != nil {
			return fmt.Errorf("%s: %w", e.Name, err)
		}
		m.own.settle()
	}
	if err := m.meet(); err != nil {
		return err
	}
	m.merge()
	m.below.drop(func(name string) bool { return isBelow(name, "dev") })
	if v := m.below["dev"]; v != nil && !v.isDir() {
		delete(m.below, "dev")
		m.below.imply("dev")
	}
	return nil
}

// merge keeps what is below unless the layer has the same name, or that of a parent, and
// not both are directories.
func (m *model) merge() {
	was := maps.Clone(m.below)
	m.below.drop(func(name string) bool {
		return slices.ContainsFunc(append(parents(name), name), func(above string) bool {
			own := m.own[above]
			return own != nil && !(own.isDir() && was[above].isDir())
		})
	})
	for name, own := range m.own {
		if m.below[name] == nil || !own.implied {
			m.below[name] = own
		}
	}
}

func (m *model) entry(e rootfs.Entry) error {
	dir, base := path.Split(e.Name)
	dir = strings.Trim(dir, "/")
	hidden, isWhiteout := strings.CutPrefix(base, ".wh.")
	switch {
	case base == ".wh..wh..opq":
		m.below.drop(func(name string) bool { return isBelow(name, dir) })
	case isWhiteout:
		hidden = path.Join(dir, hidden)
		m.below.drop(func(name string) bool { return name == hidden || isBelow(name, hidden) })
	default:
		at, err := m.real(m.own, e.Name)
		if err != nil {
			return err
		}
		return m.put(at, e)
	}
	above := parents(e.Name)
	blocked := func(name string) bool { return m.own[name] != nil && !m.own[name].isDir() }
	for i, dir := range above {
		if !slices.ContainsFunc(above[i:], blocked) {
			m.own.imply(dir)
		}
	}
	return nil
}

func (m *model) put(at string, e rootfs.Entry) error {
	v := &value{}
	if e.Hardlink == "" {
		ino := e.Inode
		v.id = &ino
	} else {
		target, err := m.target(e.Hardlink)
		switch {
		case err != nil:
			return err
		case target == nil || target.id == nil:
			v.waits = e.Hardlink
		default:
			v.id = target.id
		}
	}
	if !v.isDir() {
		m.own.drop(func(name string) bool { return isBelow(name, at) })
	}
	m.own[at] = v
	for _, dir := range parents(at) {
		m.own.imply(dir)
	}
	return nil
}

// target finds what a hardlink is to: a name of the layer, or else one of those below.
func (m *model) target(name string) (*value, error) {
	for _, in := range []paths{m.own, m.below} {
		at, err := m.real(in, name)
		if err != nil {
			return nil, err
		}
		if v := in[at]; v.isDir() {
			return nil, errModel
		} else if v != nil {
			return v, nil
		}
	}
	return nil, nil
}

// meet gives waiting hardlinks their targets, again and again until none is left.
func (m *model) meet() error {
	for {
		waiting, progress := 0, false
		for _, v := range m.own {
			if v.id != nil {
				continue
			}
			waiting++
			target, err := m.target(v.waits)
			if err != nil {
				return err
			}
			if target != nil && target.id != nil {
				v.id, progress = target.id, true
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
	names := slices.Collect(maps.Keys(m.below))
	sort.Slice(names, func(i, j int) bool {
		return slices.Compare(strings.Split(names[i], "/"), strings.Split(names[j], "/")) < 0
	})
	var lines []string
	first := make(map[*rootfs.Inode]string)
	for _, name := range names {
		ino := m.below[name].id
		if other, ok := first[ino]; ok {
			lines = append(lines, fmt.Sprintf("h %s == %s", name, other))
			continue
		}
		first[ino] = name
		lines = append(lines, fmt.Sprintf("%c %o %s%s", " dflcbp"[ino.Kind], ino.Mode, name, detail(ino)))
	}
	return lines
}
