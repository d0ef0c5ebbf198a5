package spec

import (
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"lxdocker/internal/lifecycle"
)

// argv reads entrypoint or cmd: a list is taken as it is, text is a command line
// for the shell, as in a Dockerfile.
func (r *reader) argv(p pair) *[]string {
	if p.value.Kind != yaml.SequenceNode {
		return r.commandLine(p)
	}
	argv, good := []string{}, true
	for _, v := range r.items(p.value) {
		arg, ok := r.written(pair{at: p.at, value: v}, "an entry of "+p.key)
		argv, good = append(argv, arg), good && ok
	}
	if good && p.key == "entrypoint" && len(argv) > 0 && argv[0] == "" {
		r.wrongValue(p, "entrypoint starts with an empty word", "its first entry is the program to run; [] means none")
		good = false
	}
	if !good {
		return nil
	}
	return &argv
}

func (r *reader) commandLine(p pair) *[]string {
	if isNull(p.value) {
		r.wrongValue(p, p.key+" has no value", "leave it out for the image's own, or write [] for none")
		return nil
	}
	if p.value.Kind == yaml.MappingNode {
		r.wrongType(p, p.key, "a list or text", "write it like [nginx, -g, daemon off;]")
		return nil
	}
	line, ok := r.written(p, p.key)
	var list []string
	switch {
	case !ok:
		return nil
	case strings.TrimSpace(line) == "":
		r.wrongValue(p, p.key+" is empty", "leave it out for the image's own, or write [] for none")
		return nil
	case strings.HasPrefix(line, "[") && json.Unmarshal([]byte(line), &list) == nil:
		r.wrongValue(p, p.key+" is a list in quotes", "leave the quotes around the list out")
		return nil
	}
	return &[]string{"/bin/sh", "-c", line}
}

// user reads who runs the program, in Docker's forms.
func (r *reader) user(p pair) *string {
	s, ok := r.text(p, "user")
	if !ok {
		return nil
	}
	name, group, _ := strings.Cut(s, ":")
	for _, part := range []string{name, group} {
		if n, err := strconv.ParseUint(part, 10, 64); err == nil && n > 1<<31-1 {
			r.wrongValue(p, "user "+quote(s)+" has a number that is too big", "numbers go up to 2147483647, and to 65535 in most containers")
			return nil
		}
	}
	if !matches(userPattern, s) {
		r.wrongValue(p, quote(s)+" cannot be a user", "write a name or number, or one of each kind as user:group")
		return nil
	}
	return &s
}

// workDir reads the folder the program starts in.
func (r *reader) workDir(p pair) *string {
	s, ok := r.text(p, "workdir")
	if !ok {
		return nil
	}
	if !strings.HasPrefix(s, "/") || strings.ContainsFunc(s, unicode.IsControl) {
		r.wrongValue(p, "workdir "+quote(s)+" is not an absolute path", "start it with /")
		return nil
	}
	s = path.Clean(s)
	return &s
}

// stopSignal reads a signal; names come out as SIGNAME.
func (r *reader) stopSignal(p pair) *string {
	s, ok := r.text(p, "stop_signal")
	if !ok {
		return nil
	}
	signal, ok := lifecycle.ParseSignal(s)
	if !ok || s[0] == '+' {
		hint := "write a name like SIGQUIT, or a number from 1 to 64"
		if near := nearest(strings.TrimPrefix(strings.ToUpper(s), "SIG"), lifecycle.SignalNames()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", "SIG"+near)
		}
		r.wrongValue(p, "unknown signal "+quote(s), hint)
		return nil
	}
	return &signal.Name
}

const userPattern = `^([^\s:\x00-\x1f\x7f]+(:[^\s:\x00-\x1f\x7f]+)?|:[^\s:\x00-\x1f\x7f]+)$`
