package spec

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// entry is the mapping that describes one change, sorted out.
type entry struct {
	values map[string]pair
	meant  map[string]bool // keys that are misspelt: they count as written
}

func (r *reader) entry(n *yaml.Node) entry {
	e := entry{make(map[string]pair), make(map[string]bool)}
	keys := fileKeys()
	for _, p := range r.pairs(n) {
		if slices.Contains(keys, p.key) {
			e.values[p.key] = p
		} else {
			e.meant[r.unknown(p, keys, fileWords())] = true
		}
	}
	return e
}

// file reads what a change does, and with which owner and mode.
func (r *reader) file(n *yaml.Node, e entry) (f File, ok bool) {
	ok = r.oneKind(n, e)
	for _, read := range []func() bool{
		func() bool { return r.does(e, &f) },
		func() bool { return r.mode(e, &f) },
		func() bool { return r.owner(e, "uid", &f.UID) },
		func() bool { return r.owner(e, "gid", &f.GID) },
	} {
		ok = read() && ok // each of them, for all the mistakes
	}
	return f, ok
}

// oneKind makes sure that an entry says exactly one thing to do.
func (r *reader) oneKind(n *yaml.Node, e entry) bool {
	var first string
	ok := true
	for _, kind := range fileKinds() {
		p, has := e.values[kind]
		switch {
		case !has:
		case first == "":
			first = kind
		default:
			r.wrong(p.at, fmt.Sprintf("an entry cannot have both %s and %s", first, kind), "make two entries of it, or leave one out")
			ok = false
		}
	}
	for _, kind := range fileKinds() {
		if first == "" && e.meant[kind] {
			return false // said already
		}
	}
	if first == "" {
		r.wrong(n, "an entry of files that does nothing", "give it one of "+strings.Join(fileKinds(), ", "))
		return false
	}
	return ok
}

func fileKinds() []string { return []string{"content", "source", "directory", "symlink", "remove"} }

// does reads what to do.
func (r *reader) does(e entry, f *File) bool {
	ok := true
	if p, has := e.values["content"]; has {
		f.Content, ok = r.content(p, "content")
	}
	if p, has := e.values["source"]; has {
		var good bool
		f.Content, good = r.source(p)
		ok = ok && good
	}
	if p, has := e.values["symlink"]; has {
		target, good := r.text(p, "symlink")
		if good && (target == "" || len(target) > 4095) {
			r.wrongValue(p, "symlink needs a target", "write what it points to, of at most 4095 bytes")
			good = false
		}
		f.Symlink, ok = target, ok && good
	}
	if p, has := e.values["directory"]; has {
		f.Directory = r.onlyTrue(p)
		ok = ok && f.Directory
	}
	if p, has := e.values["remove"]; has {
		f.Remove = r.onlyTrue(p)
		ok = ok && f.Remove
	}
	return ok
}

// onlyTrue reads a key that says what an entry is; false would say nothing.
func (r *reader) onlyTrue(p pair) bool {
	v, ok := r.truth(p, p.key)
	if ok && !v {
		r.wrongValue(p, p.key+": false says nothing", "leave it out")
	}
	return v
}

func (r *reader) content(p pair, what string) (*[]byte, bool) {
	s, ok := r.written(p, what)
	if !ok {
		return nil, false
	}
	return r.count(p, []byte(s))
}

// source reads a file beside the spec. Its mode on this disk means nothing: it
// would differ from one checkout to the next.
func (r *reader) source(p pair) (*[]byte, bool) {
	name, ok := r.text(p, "source")
	if !ok {
		return nil, false
	}
	if name == "" {
		r.wrongValue(p, "source has no value", "name a file beside the spec")
		return nil, false
	}
	data, err := r.beside.read(name)
	if err != nil {
		r.wrongValue(p, fmt.Sprintf("source %s cannot be read: %s", quote(name), err),
			"a source is a file of up to 16 MiB in the folder of the spec, named relative to it; links must stay in the folder, too")
		return nil, false
	}
	return r.count(p, data)
}

// count bounds the contents of one spec, which are kept in memory: aliases can
// name one content often.
func (r *reader) count(p pair, data []byte) (*[]byte, bool) {
	if r.contents += len(data); r.contents > maxContents {
		r.wrongValue(p, "the files of the spec are bigger than 64 MiB together", "big data belongs into the OCI image, or onto a disk device")
		return nil, false
	}
	return &data, true
}

// mode reads permissions in octal. A number without a leading 0 is refused: 644
// is 01204 to YAML, and 420 would be 0644.
func (r *reader) mode(e entry, f *File) bool {
	p, has := e.values["mode"]
	if !has {
		return true
	}
	for _, kind := range []string{"symlink", "remove"} {
		if _, no := e.values[kind]; no {
			r.wrong(p.at, "mode means nothing for "+kind, "leave it out")
			return false
		}
	}
	s, ok := r.text(p, "mode")
	if !ok {
		return false
	}
	digits := strings.Replace(s, "0o", "0", 1)
	bits, err := strconv.ParseUint(digits, 8, 32)
	if isNumber := p.value.ShortTag() == "!!int"; isNumber && err == nil && !strings.HasPrefix(digits, "0") {
		r.wrongValue(p, "mode "+quote(s)+" needs a leading 0", "permissions are octal: write 0"+digits+`, or "0`+digits+`" in quotes`)
		return false
	}
	if !matches(modePattern, digits) || err != nil {
		r.wrongValue(p, "mode "+quote(s)+" is no permissions", "write three or four octal digits after a 0, like 0644, or 04755 with setuid")
		return false
	}
	mode := uint32(bits)
	f.Mode = &mode
	return true
}

func (r *reader) owner(e entry, key string, to *uint32) bool {
	p, has := e.values[key]
	if !has {
		return true
	}
	if _, no := e.values["remove"]; no {
		r.wrong(p.at, key+" means nothing for remove", "leave it out")
		return false
	}
	n, ok := r.number(p, key)
	*to = n
	return ok
}

// badPath says what is wrong with a path in the image.
func badPath(p string) (text, hint string) {
	first, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	switch {
	case !strings.HasPrefix(p, "/"):
		return "path " + quote(p) + " is not absolute", "start it with /"
	case strings.ContainsFunc(p, unicode.IsControl):
		return "path " + quote(p) + " has control characters", "leave them out"
	case path.Clean(p) == "/":
		return "path " + quote(p) + " is the root of the image", "name something below it"
	case path.Clean(p) != p:
		return "path " + quote(p) + " is not in its shortest form", "did you mean " + path.Clean(p) + "?"
	case first == "dev" || first == "proc" || first == "sys":
		return "path " + quote(p) + " is hidden in a container", "/" + first + " of an image is mounted over at every start"
	case len(p) > 4095 || slices.ContainsFunc(strings.Split(p, "/"), func(name string) bool { return len(name) > 255 }):
		return "path " + quote(p) + " is too long", "a name has up to 255 bytes, a path up to 4095"
	}
	return "", ""
}

const modePattern = `^0?[0-7]{3,4}$`
