package spec

import (
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"

	"lxdocker/internal/lifecycle"
	"lxdocker/internal/spec/diag"
)

const (
	userOrGroup = `[^\s:` + diag.NotInLine + `]+`
	mostID      = 1<<31 - 1 // Docker's limit
)

var (
	userForm    = regexp.MustCompile(`^(` + userOrGroup + `(:` + userOrGroup + `)?|:` + userOrGroup + `)$`)
	groupForm   = regexp.MustCompile(`^[^\s:,` + diag.NotInLine + `]+$`)
	workDirForm = regexp.MustCompile(`^/[^\x00-\x1f\x7f-\x9f]*$`)
)

// argv reads entrypoint or cmd. As in a Dockerfile, a list is used as it is, and
// text is a command line for a shell.
func (r *reader) argv(e diag.Entry) *[]string {
	if !e.Value.IsList() {
		return r.commandLine(e)
	}
	argv, good := []string{}, true
	for _, v := range r.Items(e.Value) {
		arg, ok := r.Written(e.Item(v), "an entry of "+e.Key)
		argv, good = append(argv, arg), good && ok
	}
	if good && e.Key == "entrypoint" && len(argv) > 0 && argv[0] == "" {
		r.WrongValue(e, "entrypoint starts with an empty word", "its first entry is the program to run; [] means none")
		good = false
	}
	if !good {
		return nil
	}
	return &argv
}

func (r *reader) commandLine(e diag.Entry) *[]string {
	if e.Value.IsNull() {
		r.WrongValue(e, e.Key+" has no value", "leave it out for the image's own, or write [] for none")
		return nil
	}
	if e.Value.IsMapping() {
		r.WrongType(e, e.Key, "a list or text", "write it like [nginx, -g, daemon off;]")
		return nil
	}
	line, ok := r.Written(e, e.Key)
	var list []string
	switch {
	case !ok:
		return nil
	case strings.TrimSpace(line) == "":
		r.WrongValue(e, e.Key+" is empty", "leave it out for the image's own, or write [] for none")
		return nil
	case strings.HasPrefix(line, "[") && json.Unmarshal([]byte(line), &list) == nil:
		r.WrongValue(e, e.Key+" is a list in quotes", "leave the quotes around the list out")
		return nil
	}
	return &[]string{"/bin/sh", "-c", line}
}

// user reads who runs the program, as Docker's USER.
func (r *reader) user(e diag.Entry) *string {
	s, ok := r.Text(e, "user")
	if !ok {
		return nil
	}
	name, group, _ := strings.Cut(s, ":")
	for _, part := range []string{name, group} {
		if n, err := strconv.ParseUint(part, 10, 64); err == nil && n > mostID {
			r.WrongValue(e, "user "+diag.Quote(s)+" has a number that is too big", "numbers go up to 2147483647, and to 65535 in most containers")
			return nil
		}
	}
	if !userForm.MatchString(s) {
		r.WrongValue(e, diag.Quote(s)+" cannot be a user", "write a name or number, or one of each kind as user:group")
		return nil
	}
	return &s
}

// groups reads those of the program beside the user's own. A comma would make two of one
// (LXDOCKER_GROUPS).
func (r *reader) groups(e diag.Entry) []string {
	if e.Value.IsNull() {
		return nil
	}
	if !e.Value.IsList() {
		r.WrongType(e, "groups", "a list", "write a list, like [video, 44]")
		return nil
	}
	var all []string
	for _, v := range r.Items(e.Value) {
		group, ok := r.Text(e.Item(v), "a group")
		if !ok {
			continue
		}
		if n, err := strconv.ParseUint(group, 10, 64); err == nil && n > mostID {
			r.Wrong(v, "group "+diag.Quote(group)+" is too big", "numbers go up to 2147483647, and to 65535 in most containers")
			continue
		}
		if !groupForm.MatchString(group) {
			r.Wrong(v, diag.Quote(group)+" cannot be a group", "write a name or number")
			continue
		}
		all = append(all, group)
	}
	return all
}

// workDir reads the directory in which the program starts.
func (r *reader) workDir(e diag.Entry) *string {
	s, ok := r.Text(e, "workdir")
	if !ok {
		return nil
	}
	if !workDirForm.MatchString(s) {
		r.WrongValue(e, "workdir "+diag.Quote(s)+" is not an absolute path", "start it with /")
		return nil
	}
	s = path.Clean(s)
	return &s
}

// stopSignal reads a signal; names come out as SIGNAME.
func (r *reader) stopSignal(e diag.Entry) *string {
	s, ok := r.Text(e, "stop_signal")
	if !ok {
		return nil
	}
	signal, ok := lifecycle.ParseSignal(s)
	if !ok || s[0] == '+' {
		hint := "write a name like SIGQUIT, or a number from 1 to 64"
		if near := diag.Nearest(strings.TrimPrefix(strings.ToUpper(s), "SIG"), lifecycle.SignalNames()); near != "" {
			hint = fmt.Sprintf("did you mean %q?", "SIG"+near)
		}
		r.WrongValue(e, "unknown signal "+diag.Quote(s), hint)
		return nil
	}
	return &signal.Name
}

// commandLineForm matches a command line for a shell: any text that is not blank.
const commandLineForm = `^[^\x00]*[^\s\x00][^\x00]*$`

func argvRule() *rule { return oneOf(scalarLike(commandLineForm), list(scalar(), 0)) }

// entrypointRule is argvRule, but the first word of a list cannot be empty.
func entrypointRule() *rule {
	argv := list(scalar(), 0)
	argv.PrefixItems = []*rule{scalarLike(`^[^\x00]+$`)}
	return oneOf(scalarLike(commandLineForm), argv)
}

// stopSignalRule accepts names and numbers of signals. The enumeration is there for
// completion in editors, the patterns for other spellings.
func stopSignalRule() *rule {
	names := lifecycle.SignalNames()
	var usual []any
	for _, name := range names {
		usual = append(usual, "SIG"+name)
	}
	pattern := anyCase("^(SIG)?("+strings.Join(names, "|")+"|RTMIN\\+") + "[0-9]+|" + anyCase("RTMAX-") + "[0-9]+)$"
	return anyOf(oneOfWords(usual...), matching(pattern), matching(`^0*[1-9][0-9]?$`), integer(1, 64))
}

// anyCase makes the capital letters of a pattern match small ones as well. Not
// every implementation of JSON Schema supports (?i).
func anyCase(pattern string) string {
	var b strings.Builder
	for _, c := range pattern {
		if c >= 'A' && c <= 'Z' {
			b.WriteString("[" + string(c) + strings.ToLower(string(c)) + "]")
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}
