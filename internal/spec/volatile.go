package spec

import (
	"fmt"
	"strings"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/spec/diag"
)

// volatile reads where /tmp or /run is: on disk, or in memory with some size.
func (r *reader) volatile(e diag.Entry) lifecycle.Volatile {
	hint := "write disk, memory, or a size like 64m"
	s, ok := r.Word(e, "disk, memory or a size", hint)
	switch {
	case !ok, s == lifecycle.InMemory:
		return lifecycle.Volatile{}
	case s == lifecycle.OnDisk:
		return lifecycle.Volatile{OnDisk: true}
	case strings.ContainsAny(s, "0123456789"):
		return lifecycle.Volatile{Size: r.size(e, lifecycle.LeastVolatile, "a part of the instance's memory")}
	}
	words := map[string]string{"tmpfs": "memory", "ram": "memory", "mem": "memory", "image": "disk", "no": "disk", "false": "disk", "persistent": "disk"}
	if meant := diag.Meant(s, []string{lifecycle.OnDisk, lifecycle.InMemory}, words); meant != "" {
		hint = fmt.Sprintf("did you mean %q?", meant)
	}
	r.WrongValue(e, e.Key+" cannot be "+diag.Quote(s), hint)
	return lifecycle.Volatile{}
}

func volatileRule() *rule {
	return anyOf(oneOfWords(lifecycle.OnDisk, lifecycle.InMemory), integer(lifecycle.LeastVolatile, mostSize), matching(`^[1-9][0-9]*`+sizeUnit+`$`))
}

// volatileKey is the key for a folder whose content does not outlive a restart, unless
// somebody wants it to.
func volatileKey(name, words, example, part string, set func(*Spec, lifecycle.Volatile)) key[Spec] {
	folder := "/" + name
	return key[Spec]{
		name: name, settings: strings.ToUpper(name), words: words,
		read:  func(r *reader, e diag.Entry, s *Spec) { set(s, r.volatile(e)) },
		takes: volatileRule(),
		kind:  "size, `disk` or `memory`", byDefault: "`memory`, " + part + " of the instance's", about: "where `" + folder + "` is, and its size",
		doc: "Where " + folder + " is: a size in memory, as in " + example + "; memory for the usual size; or disk, where it outlives a restart, as in Docker.",
	}
}
