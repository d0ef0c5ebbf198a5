package spec

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// healthcheck reads how to see whether the program works, in the words of
// compose files.
func (r *reader) healthcheck(p pair) *Healthcheck {
	if isNull(p.value) {
		return nil
	}
	if p.value.Kind != yaml.MappingNode {
		if on, ok := boolean(p.value); ok && !on || plain(p.value) && spelling(p.value.Value) == "none" {
			return &Healthcheck{Disable: true}
		}
		r.wrongType(p, p.key, "a mapping", "write `test: …` below it, or false for no check")
		return nil
	}
	h := &Healthcheck{}
	read := r.healthKeys(h)
	written := make(map[string]pair)
	for _, entry := range r.pairs(p.value) {
		if f, ok := read[entry.key]; ok {
			written[entry.key] = entry
			r.remember(p.key+"."+entry.key, entry.where())
			f(entry)
		} else {
			r.unknown(entry, healthKeys(), healthWords())
		}
	}
	if h.Disable {
		return r.disabled(written)
	}
	if h.Test == nil && h.Interval == nil && h.Timeout == nil && h.StartPeriod == nil && h.StartInterval == nil && h.Retries == nil {
		return nil // it changes nothing
	}
	return h
}

// healthKeys gives the reader of each key.
func (r *reader) healthKeys(h *Healthcheck) map[string]func(pair) {
	return map[string]func(pair){
		"test":           func(p pair) { r.test(p, h) },
		"interval":       func(p pair) { h.Interval = r.duration(p, time.Millisecond) },
		"timeout":        func(p pair) { h.Timeout = r.duration(p, time.Millisecond) },
		"start_period":   func(p pair) { h.StartPeriod = r.duration(p, 0) },
		"start_interval": func(p pair) { h.StartInterval = r.duration(p, time.Millisecond) },
		"retries":        func(p pair) { h.Retries = r.retries(p) },
		"disable": func(p pair) {
			off := r.choice(p)
			h.Disable = h.Disable || off != nil && *off
		},
	}
}

// disabled: nothing else means anything then. `test: [NONE]` is the other way to
// say it.
func (r *reader) disabled(written map[string]pair) *Healthcheck {
	for _, key := range healthKeys() {
		p, has := written[key]
		if !has || key == "disable" || key == "test" && isNone(p.value) {
			continue
		}
		r.wrong(p.at, key+" means nothing without a check", "leave it out, or what turns the check off")
	}
	return &Healthcheck{Disable: true}
}

func isNone(n *yaml.Node) bool {
	return n.Kind == yaml.SequenceNode && len(n.Content) == 1 && resolve(n.Content[0]).Value == "NONE"
}

// test reads the program that checks. As in compose files, text is for the shell,
// and the first word of a list says what the others are.
func (r *reader) test(p pair, h *Healthcheck) {
	if p.value.Kind != yaml.SequenceNode {
		h.Test = r.testLine(p)
		return
	}
	words, good := []string{}, true
	for _, v := range r.items(p.value) {
		word, ok := r.written(pair{at: p.at, value: v}, "an entry of test")
		words, good = append(words, word), good && ok
	}
	switch {
	case !good:
	case len(words) == 0:
		r.wrongValue(p, "test is empty", "leave it out for the image's own, or write [NONE] for none")
	case words[0] == "NONE" && len(words) == 1:
		h.Disable = true
	case words[0] == "NONE":
		r.wrongValue(p, "test has words behind NONE", "write [NONE] for no check, or CMD in its place")
	case words[0] != "CMD" && words[0] != "CMD-SHELL":
		hint := "put CMD in front of the program and its arguments"
		if first := strings.ToUpper(words[0]); slices.Contains([]string{"CMD", "CMD-SHELL", "NONE"}, first) {
			hint = "write " + first + " in capitals"
		}
		r.wrongValue(p, "test must start with CMD, CMD-SHELL or NONE", hint)
	case len(words) == 1 || strings.TrimSpace(words[1]) == "":
		r.wrongValue(p, "test names no program", "write it like [CMD, curl, -f, http://localhost/]")
	case words[0] == "CMD-SHELL" && len(words) > 2:
		r.wrongValue(p, "test has several words behind CMD-SHELL", "put the command line into one text, or write CMD in place of CMD-SHELL")
	default:
		h.Test = words
	}
}

// testLine reads a command line for the image's shell.
func (r *reader) testLine(p pair) []string {
	if p.value.Kind == yaml.MappingNode || isNull(p.value) {
		r.wrongType(p, "test", "a list or text", "write it like [CMD, curl, -f, http://localhost/]")
		return nil
	}
	line, ok := r.written(p, "test")
	var list []string
	switch {
	case !ok:
	case strings.TrimSpace(line) == "":
		r.wrongValue(p, "test is empty", "leave it out for the image's own, or write [NONE] for none")
	case line == "NONE":
		r.wrongValue(p, "a program called NONE", "write [NONE], or `disable: true`, for no check")
	case strings.HasPrefix(line, "[") && json.Unmarshal([]byte(line), &list) == nil:
		r.wrongValue(p, "test is a list in quotes", "leave the quotes around the list out")
	default:
		return []string{"CMD-SHELL", line}
	}
	return nil
}
