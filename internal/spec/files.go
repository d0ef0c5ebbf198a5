package spec

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// files reads the changes to the file system. They come out sorted by path, so
// that what makes a directory comes before what goes into it, and the order in
// the spec means nothing.
func (r *reader) files(p pair) []File {
	var all []File
	add := func(at *yaml.Node, f File, ok bool) {
		if !ok {
			return
		}
		if first, twice := r.places["files."+f.Path]; twice {
			r.wrong(at, "the path "+quote(f.Path)+" is there twice", fmt.Sprintf("it is in line %d already", first.line))
			return
		}
		r.remember("files."+f.Path, at)
		all = append(all, f)
	}
	switch {
	case isNull(p.value):
	case p.value.Kind == yaml.MappingNode:
		for _, entry := range r.pairs(p.value) {
			f, ok := r.namedFile(entry)
			add(entry.at, f, ok)
		}
	case p.value.Kind == yaml.SequenceNode:
		for _, v := range r.items(p.value) {
			at, f, ok := r.listedFile(v)
			add(at, f, ok)
		}
	default:
		r.wrongType(p, "files", "a list or a mapping", "write entries like `- {path: /etc/motd, content: hello}`")
	}
	slices.SortFunc(all, byPath)
	r.overlaps(all)
	return all
}

func byPath(a, b File) int { return strings.Compare(a.Path, b.Path) }

// overlaps finds paths below something that is no directory. Below a symbolic
// link is fine: it is followed, and only the image knows where to. Below what is
// removed is fine, too: it is removed first.
func (r *reader) overlaps(all []File) {
	files := make(map[string]bool)
	for _, f := range all {
		files[f.Path] = f.Content != nil
	}
	for _, f := range all {
		for i := range f.Path {
			if i > 0 && f.Path[i] == '/' && files[f.Path[:i]] {
				at := r.places["files."+f.Path]
				r.at(at.line, at.col, quote(f.Path)+" lies below a file", fmt.Sprintf("%s is a file, by line %d", f.Path[:i], r.places["files."+f.Path[:i]].line))
				break
			}
		}
	}
}

// namedFile reads an entry of the mapping: its key is the path, its value the
// content or what else to do there.
func (r *reader) namedFile(entry pair) (File, bool) {
	path, ok := r.filePath(entry.at, entry.key)
	if entry.value.Kind == yaml.MappingNode {
		e := r.entry(entry.value)
		if p, has := e.values["path"]; has {
			r.wrong(p.at, "the path is there twice", "leave `path` out: the key is the path")
			ok = false
		}
		f, good := r.file(entry.value, e)
		f.Path = path
		return f, ok && good
	}
	content, good := r.content(entry, "the content of "+quote(entry.key))
	return File{Path: path, Content: content}, ok && good
}

// listedFile reads an entry of the list, with the place of its path.
func (r *reader) listedFile(v *yaml.Node) (*yaml.Node, File, bool) {
	if v.Kind != yaml.MappingNode {
		r.wrong(v, "an entry of files must be a mapping, this is "+kind(v), "write it like {path: /etc/motd, content: hello}")
		return v, File{}, false
	}
	e := r.entry(v)
	p, has := e.values["path"]
	if !has {
		if !e.meant["path"] {
			r.wrong(v, "an entry of files without a path", "say where with `path: /...`")
		}
		r.file(v, e) // its other mistakes
		return v, File{}, false
	}
	path, ok := r.text(p, "path")
	if ok {
		path, ok = r.filePath(p.where(), path)
	}
	f, good := r.file(v, e)
	f.Path = path
	return p.where(), f, ok && good
}

// filePath checks where a change goes. It never leaves the image, whatever it
// says; a path that looks as if it would is a mistake all the same.
func (r *reader) filePath(n *yaml.Node, path string) (string, bool) {
	if text, hint := badPath(path); text != "" {
		r.wrong(n, text, hint)
		return "", false
	}
	return path, true
}
