package spec

import (
	"fmt"
	"regexp"
	"strings"

	"lxdocker/internal/spec/diag"
)

// env reads environment variables: a mapping, or a list of NAME=VALUE. No
// diagnostic repeats a value, because it may be a password. A name does not have to
// be valid in a shell (T18).
func (r *reader) env(e diag.Entry) map[string]string {
	switch {
	case e.Value.IsNull():
		return nil
	case e.Value.IsMapping():
		return r.envMapping(e)
	case e.Value.IsList():
		return r.envList(e)
	}
	r.WrongType(e, "env", "a mapping or a list", "write lines of `NAME: value`, or of `- NAME=value`, below it")
	return nil
}

func (r *reader) envMapping(e diag.Entry) map[string]string {
	env := make(map[string]string)
	for _, one := range r.Entries(e.Value) {
		if one.At.IsMerge() {
			r.Wrong(one.At, `the key "<<" of env`, elsewhere("<<"))
			continue
		}
		if !variableForm.MatchString(one.Key) {
			r.Wrong(one.At, "that cannot be the name of a variable", "a name has one character at least, and no '='")
			continue
		}
		r.Remember("env."+one.Key, one.Where())
		if v, ok := r.Written(one, "the variable "+diag.Quote(one.Key)); ok {
			env[one.Key] = v
		}
	}
	return env
}

func (r *reader) envList(e diag.Entry) map[string]string {
	env := make(map[string]string)
	for i, v := range r.Items(e.Value) {
		what := fmt.Sprintf("entry %d of env", i+1)
		if !v.IsScalar() {
			r.Wrong(v, what+" must be text, this is "+v.Kind(), "write NAME=value, or leave all dashes out")
			continue
		}
		line, ok := r.Written(e.Item(v), what)
		if !ok {
			continue
		}
		name, value, assigned := strings.Cut(line, "=")
		_, twice := env[name]
		switch {
		case !assigned:
			r.Wrong(v, what+" has no '='", "write NAME=value, or NAME= for an empty one; nothing is taken from the environment of lxdocker")
		case !variableForm.MatchString(name):
			r.Wrong(v, what+" has no name a variable can have", "write NAME=value")
		case twice:
			r.Wrong(v, fmt.Sprintf("the variable %s appears twice", diag.Quote(name)), "leave one out")
		default:
			r.Remember("env."+name, v)
			env[name] = value
		}
	}
	return env
}

// saidTwice reports settings that `env` has beside the key that says the same. No
// order of the two would be what every reader of the spec expects.
func (r *reader) saidTwice(seen map[string]diag.Entry, env map[string]string) {
	for _, k := range specKeys {
		if e, ok := seen[k.name]; !ok || e.Value.IsNull() {
			continue
		}
		for setting := range strings.FieldsSeq(k.settings) {
			if name := "LXDOCKER_" + setting; env[name] != "" {
				r.WrongAt(r.Places()["env."+name], fmt.Sprintf("%s in env and the key %s cannot both decide", name, k.name), "leave "+name+" out, and write all of it by keys")
			}
		}
	}
}

// The kernel passes any NAME=value on. A name with control characters is certainly
// an error.
const variable = `[^=\x00-\x1f\x7f-\x9f]+`

var variableForm = regexp.MustCompile(`^` + variable + `$`)

func envRule() *rule {
	name := &rule{Pattern: variableForm.String()}
	assignment := matching(`^` + variable + `=[^\x00]*$`)
	return oneOf(mapping(scalar(), name), list(assignment, 0), ofType("null"))
}
