package oracle_test

import (
	"archive/tar"
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"lxdocker/internal/rootfs"
)

// capability is cap_net_bind_service=ep in the form that kernels accept
// (linux/capability.h, VFS_CAP_REVISION_2).
const capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

var (
	genPart    = rapid.SampledFrom([]string{"a", "b", "c", "d", "é ", "\xff\n"})
	genMode    = rapid.SampledFrom([]int64{0o755, 0o644, 0o600, 0, 0o4755, 0o2750, 0o1777})
	genOwner   = rapid.SampledFrom([]int{0, 1, 1000, 65534, 1 << 20})
	genTime    = rapid.SampledFrom([]time.Time{time.Unix(0, 0), time.Unix(1, 5e8), time.Unix(1e9, 999), time.Unix(1577836800, 0)})
	genContent = rapid.SampledFrom([]string{"", "x", "text\n", strings.Repeat("long ", 3000), strings.Repeat("\x00", 20_000), "\x00end"})
	genSpell   = rapid.SampledFrom([]string{"%s", "./%s", "/%s", "%s/"})
)

// attributes are sets of extended attributes that an oracle treats as we do.
type attributes []map[string]string

var (
	none  = attributes{nil}
	some  = attributes{nil, nil, {"user.a": "1"}, {"user.b": "\x00\xff=", "trusted.x": "dropped"}, {"security.capability": capability}}
	empty = attributes{{"user.a": ""}}
)

// generator draws a stack. It merges the layers so far with the code under test, but only
// to leave out input for which the oracles are known to differ: see the package comment.
type generator struct {
	t               *rapid.T
	ofFiles, ofDirs attributes
	apart           bool // each layer is unpacked apart from those below
	stack           stack
	dirs            map[string]string       // real paths, by name, of directories with an entry in the current layer
	hidden          []string                // what its whiteouts name
	linked          map[string]rootfs.Inode // what its hardlinks are, by the name in the header
}

// genStack draws stacks. If layers are to be unpacked apart, hardlinks have their targets in
// their own layers, and no layer makes again what it hides.
func genStack(ofFiles, ofDirs attributes, apart bool) *rapid.Generator[stack] {
	return rapid.Custom(func(t *rapid.T) stack {
		g := &generator{t: t, ofFiles: ofFiles, ofDirs: ofDirs, apart: apart}
		for range rapid.IntRange(1, 4).Draw(t, "layers") {
			g.layer()
		}
		return g.stack
	})
}

// tree merges the stack so far.
func (g *generator) tree() *rootfs.Tree { return g.merge(g.stack) }

// own is what the current layer has, without the targets of its hardlinks.
func (g *generator) own() *rootfs.Tree {
	own := slices.Clone(g.stack[len(g.stack)-1])
	for i, m := range own {
		if m.Typeflag == tar.TypeLink {
			ino := g.linked[m.Name]
			own[i] = member{Header: tar.Header{Name: m.Name, Typeflag: tar.TypeFifo}}
			if ino.Kind == rootfs.Symlink {
				own[i].Typeflag, own[i].Linkname = tar.TypeSymlink, ino.Target
			}
		}
	}
	return g.merge(stack{own})
}

func (g *generator) merge(layers stack) *rootfs.Tree {
	tree := rootfs.New()
	for _, l := range layers {
		err := tree.Apply(context.Background(), func(yield func(rootfs.Entry, error) bool) {
			for _, m := range l {
				if !yield(entryOf(m), nil) {
					return
				}
			}
		})
		if err != nil {
			g.t.Fatalf("%v\nin\n%v", err, g.stack)
		}
	}
	return tree
}

var kinds = map[byte]rootfs.Kind{
	tar.TypeDir: rootfs.Dir, tar.TypeReg: rootfs.File, tar.TypeSymlink: rootfs.Symlink,
	tar.TypeChar: rootfs.CharDevice, tar.TypeFifo: rootfs.FIFO,
}

func entryOf(m member) rootfs.Entry {
	if m.Typeflag == tar.TypeLink {
		return rootfs.Entry{Name: m.Name, Hardlink: m.Linkname}
	}
	return rootfs.Entry{Name: m.Name, Inode: rootfs.Inode{
		Kind: kinds[m.Typeflag], Mode: uint32(m.Mode), UID: uint32(m.Uid), GID: uint32(m.Gid), ModTime: m.ModTime.Unix(),
		Target: m.Linkname, Xattrs: xattrsOfHeader(m), Content: rootfs.Bytes(m.body),
	}}
}

const xattrRecord = "SCHILY.xattr."

func xattrsOfHeader(m member) map[string]string {
	xattrs := make(map[string]string)
	for key, value := range m.PAXRecords {
		xattrs[strings.TrimPrefix(key, xattrRecord)] = value
	}
	return xattrs
}

func (g *generator) add(m member) {
	m.Format = tar.FormatPAX
	last := len(g.stack) - 1
	g.stack[last] = append(g.stack[last], m)
}

func (g *generator) layer() {
	g.stack = append(g.stack, nil)
	g.dirs, g.hidden, g.linked = make(map[string]string), nil, make(map[string]rootfs.Inode)
	g.whiteouts()
	for range rapid.IntRange(0, 8).Draw(g.t, "members") {
		g.member()
	}
}

// whiteouts draws whiteouts of existing names, outer ones first.
func (g *generator) whiteouts() {
	tree := g.tree()
	var there []string
	for name, ino := range tree.All() {
		if name == "." {
			continue
		}
		there = append(there, path.Join(path.Dir(name), ".wh."+path.Base(name)))
		if ino.Kind == rootfs.Dir {
			there = append(there, path.Join(name, ".wh..wh..opq"))
		}
	}
	there = append(there, ".wh.nothing")
	if !g.apart { // the kernel does not ask whether the root of a layer is opaque
		there = append(there, ".wh..wh..opq")
	}
	// Not too many: what is left matters more.
	drawn := rapid.SliceOfNDistinct(rapid.SampledFrom(there), 0, min(2, len(there)), rapid.ID[string]).Draw(g.t, "whiteouts")
	slices.SortFunc(drawn, func(a, b string) int { return strings.Count(a, "/") - strings.Count(b, "/") })
	for _, name := range drawn {
		if g.apart && g.isHidden(path.Dir(name)) {
			continue // to hide a directory and have it in one layer is what we and overlay2 disagree on
		}
		g.parents(name)
		g.add(member{Header: tar.Header{Typeflag: tar.TypeReg, Name: name}})
		if hidden := strings.Replace(name, ".wh.", "", 1); path.Base(name) != ".wh..wh..opq" {
			g.hidden = append(g.hidden, hidden)
		}
	}
}

// parents adds entries for the directories of a name that the layer does not have yet.
func (g *generator) parents(name string) {
	for i := range len(name) {
		if name[i] == '/' && g.dirs[name[:i]] == "" {
			g.add(g.plain(tar.TypeDir, name[:i]))
			g.dirs[name[:i]] = name[:i]
		}
	}
}

// isHidden reports whether a whiteout of the layer names it, or a parent of it.
func (g *generator) isHidden(name string) bool {
	return slices.ContainsFunc(g.hidden, func(h string) bool { return name == h || strings.HasPrefix(name, h+"/") })
}

// plain draws a member of a kind.
func (g *generator) plain(kind byte, name string) member {
	m := member{Header: tar.Header{
		Typeflag: kind, Name: name, Mode: genMode.Draw(g.t, "mode"), ModTime: genTime.Draw(g.t, "time"),
		Uid: genOwner.Draw(g.t, "uid"), Gid: genOwner.Draw(g.t, "gid"),
	}}
	switch kind {
	case tar.TypeDir:
		m.Mode &^= 0o2000
		m.setXattrs(rapid.SampledFrom(g.ofDirs).Draw(g.t, "xattrs"))
	case tar.TypeReg:
		m.setXattrs(rapid.SampledFrom(g.ofFiles).Draw(g.t, "xattrs"))
	}
	return m
}

func (m *member) setXattrs(xattrs map[string]string) {
	m.PAXRecords = nil
	for name, value := range xattrs {
		if m.PAXRecords == nil {
			m.PAXRecords = make(map[string]string)
		}
		m.PAXRecords[xattrRecord+name] = value
	}
}

// member draws one member with its parents, or none if the one it drew does not fit.
func (g *generator) member() {
	name := strings.Join(rapid.SliceOfN(genPart, 1, 3).Draw(g.t, "name"), "/")
	resolved, ok := fits(g.own(), name)
	if !ok || g.apart && g.isHidden(resolved) {
		return
	}
	kind := rapid.SampledFrom([]byte{tar.TypeReg, tar.TypeReg, tar.TypeReg, tar.TypeDir, tar.TypeDir, tar.TypeSymlink, tar.TypeSymlink, tar.TypeLink, tar.TypeLink, tar.TypeFifo, tar.TypeChar}).Draw(g.t, "kind")
	if was, there := g.own().Lstat(resolved); kind == tar.TypeDir && there && was.Kind != rootfs.Dir && !g.apart {
		return
	}
	m := g.plain(kind, name)
	var inode *rootfs.Inode
	switch kind {
	case tar.TypeReg:
		m.body = genContent.Draw(g.t, "content")
		m.Size = int64(len(m.body))
	case tar.TypeSymlink:
		m.Mode = 0o777
		m.Linkname = g.target(resolved)
	case tar.TypeChar:
		m.Devmajor, m.Devminor = 1, int64(rapid.IntRange(3, 7).Draw(g.t, "minor"))
	case tar.TypeLink:
		if inode = g.hardlink(&m, resolved); inode == nil {
			return
		}
	}
	if spelling := genSpell.Draw(g.t, "spelling"); kind == tar.TypeDir || !strings.HasSuffix(spelling, "/") {
		m.Name = fmt.Sprintf(spelling, m.Name)
	}
	if kind == tar.TypeLink {
		g.linked[m.Name] = *inode
	}
	last := len(g.stack) - 1
	before, dirs := len(g.stack[last]), maps.Clone(g.dirs)
	g.parents(resolved)
	g.add(m)
	if kind == tar.TypeDir {
		g.dirs[name], g.dirs[resolved] = resolved, resolved
	}
	if now, err := g.tree().Resolve(name); err != nil || now != resolved || !g.dirsStay() {
		g.stack[last], g.dirs = g.stack[last][:before], dirs
	}
}

// dirsStay reports whether all directories with an entry in the layer are where they were.
func (g *generator) dirsStay() bool {
	tree := g.tree()
	for name, resolved := range g.dirs {
		now, err := tree.Resolve(name)
		ino, there := tree.Lstat(resolved)
		if err != nil || now != resolved || !there || ino.Kind != rootfs.Dir {
			return false
		}
	}
	return true
}

// fits says whether a name's parents are directories of the layer, or not there, once
// links are followed; and where the name really is.
func fits(tree *rootfs.Tree, name string) (resolved string, ok bool) {
	resolved, err := tree.Resolve(name)
	if err != nil || resolved == "." {
		return "", false
	}
	for dir := path.Dir(resolved); dir != "."; dir = path.Dir(dir) {
		if ino, there := tree.Lstat(dir); there && ino.Kind != rootfs.Dir {
			return "", false
		}
	}
	return resolved, true
}

// target draws where a symbolic link points; never above the root.
func (g *generator) target(resolved string) string {
	up := rapid.IntRange(0, strings.Count(resolved, "/")).Draw(g.t, "up")
	to := strings.Join(rapid.SliceOfN(genPart, 1, 2).Draw(g.t, "target"), "/")
	if rapid.Bool().Draw(g.t, "absolute") {
		return "/" + to
	}
	return strings.Repeat("../", up) + to
}

// hardlink makes m a link to something that is there, with its metadata, and returns that.
func (g *generator) hardlink(m *member, resolved string) *rootfs.Inode {
	tree, own := g.tree(), g.own()
	targets := make(map[string]*rootfs.Inode)
	for name, ino := range tree.All() {
		// A link to a link with ".." may climb above the root from elsewhere. What
		// is below the new name goes away before it can be linked, and what is above
		// it becomes a directory.
		if _, here := own.Lstat(name); g.apart && !here {
			continue
		}
		if ino.Kind != rootfs.Dir && !strings.Contains(ino.Target, "..") && name != resolved && !strings.HasPrefix(name, resolved+"/") && !strings.HasPrefix(resolved, name+"/") {
			kept := *ino
			targets[name] = &kept
		}
	}
	if len(targets) == 0 {
		return nil
	}
	m.Linkname = rapid.SampledFrom(slices.Sorted(maps.Keys(targets))).Draw(g.t, "hardlink")
	ino := targets[m.Linkname]
	m.Mode, m.Uid, m.Gid, m.ModTime = int64(ino.Mode), int(ino.UID), int(ino.GID), time.Unix(ino.ModTime, 0)
	m.setXattrs(ino.Xattrs)
	return ino
}
