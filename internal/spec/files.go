package spec

import (
	"fmt"
	"slices"
	"strings"

	"lxdocker/internal/spec/diag"
)

// files reads the changes to the file system and sorts them by path: a directory
// comes before what is in it, and the order in the spec does not matter.
func (r *reader) files(e diag.Entry) []File {
	var all []File
	add := func(at diag.Node, f File, ok bool) {
		if !ok {
			return
		}
		if first, twice := r.Places()["files."+f.Path]; twice {
			r.Wrong(at, "the path "+diag.Quote(f.Path)+" appears twice", fmt.Sprintf("it is already in line %d", first.Line))
			return
		}
		r.Remember("files."+f.Path, at)
		all = append(all, f)
	}
	switch {
	case e.Value.IsNull():
	case e.Value.IsMapping():
		for _, one := range r.Entries(e.Value) {
			f, ok := r.namedFile(one)
			add(one.At, f, ok)
		}
	case e.Value.IsList():
		for _, v := range r.Items(e.Value) {
			at, f, ok := r.listedFile(v)
			add(at, f, ok)
		}
	default:
		r.WrongType(e, "files", "a list or a mapping", "write entries like `- {path: /etc/motd, content: hello}`")
	}
	slices.SortFunc(all, byPath)
	r.overlaps(all)
	return all
}

func byPath(a, b File) int { return strings.Compare(a.Path, b.Path) }

// overlaps finds paths below a file of the same spec. A path below a symbolic link
// is fine: the link is followed, and only the image knows where it leads. So is one
// below a removed path, which is removed first.
func (r *reader) overlaps(all []File) {
	files := make(map[string]bool)
	for _, f := range all {
		files[f.Path] = f.Content != nil
	}
	for _, f := range all {
		for i := range f.Path {
			if i > 0 && f.Path[i] == '/' && files[f.Path[:i]] {
				r.WrongAt(r.Places()["files."+f.Path], diag.Quote(f.Path)+" lies below a file",
					fmt.Sprintf("%s is a file, by line %d", f.Path[:i], r.Places()["files."+f.Path[:i]].Line))
				break
			}
		}
	}
}

// namedFile reads an entry of the mapping: its key is the path, its value the
// content, or a mapping that says what to do.
func (r *reader) namedFile(one diag.Entry) (File, bool) {
	ok := r.filePath(one.At, one.Key)
	if !one.Value.IsMapping() {
		content := r.content(one, "the content of "+diag.Quote(one.Key))
		return File{Path: one.Key, Content: content}, ok && content != nil
	}
	e := r.entry(one.Value)
	if path, has := e.values["path"]; has {
		r.Wrong(path.At, "the path appears twice", "leave `path` out: the key is the path")
		ok = false
	}
	f, good := r.file(e)
	f.Path = one.Key
	return f, ok && good
}

// listedFile reads an entry of the list, and returns the place of its path as well.
func (r *reader) listedFile(v diag.Node) (diag.Node, File, bool) {
	if !v.IsMapping() {
		r.Wrong(v, "an entry of files must be a mapping, this is "+v.Kind(), "write it like {path: /etc/motd, content: hello}")
		return v, File{}, false
	}
	e := r.entry(v)
	f, good := r.file(e)
	p, has := e.values["path"]
	if !has {
		if !e.meant["path"] {
			r.Wrong(v, "an entry of files without a path", "say where with `path: /...`")
		}
		return v, File{}, false
	}
	path, ok := r.Text(p, "path")
	f.Path = path
	return p.Where(), f, ok && r.filePath(p.Where(), path) && good
}

// filePath checks the path of a change. No path can leave the image, but one that
// looks as if it does is reported.
func (r *reader) filePath(n diag.Node, path string) bool {
	text, hint := badPath(path)
	if text != "" {
		r.Wrong(n, text, hint)
	}
	return text == ""
}
