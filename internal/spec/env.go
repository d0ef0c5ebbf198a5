package spec

import (
	"fmt"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// env reads environment variables: a mapping, or a list of NAME=VALUE. No mistake
// repeats a value, as it may be a password. A name need not be one that a shell
// takes (T18).
func (r *reader) env(p pair) map[string]string {
	switch {
	case isNull(p.value):
		return nil
	case p.value.Kind == yaml.MappingNode:
		return r.envMapping(p)
	case p.value.Kind == yaml.SequenceNode:
		return r.envList(p)
	}
	r.wrongType(p, "env", "a mapping or a list", "write lines of `NAME: value`, or of `- NAME=value`, below it")
	return nil
}

func (r *reader) envMapping(p pair) map[string]string {
	env := make(map[string]string)
	for _, entry := range r.pairs(p.value) {
		if entry.at.ShortTag() == "!!merge" {
			r.wrong(entry.at, `the key "<<" of env`, elsewhere("<<"))
			continue
		}
		if !legalVariable(entry.key) {
			r.wrong(entry.at, "that cannot be the name of a variable", "a name has one character at least, and no '='")
			continue
		}
		r.remember("env."+entry.key, entry.where())
		if v, ok := r.written(entry, "the variable "+quote(entry.key)); ok {
			env[entry.key] = v
		}
	}
	return env
}

func (r *reader) envList(p pair) map[string]string {
	env := make(map[string]string)
	for i, v := range r.items(p.value) {
		what := fmt.Sprintf("entry %d of env", i+1)
		if v.Kind != yaml.ScalarNode {
			r.wrong(v, what+" must be text, this is "+kind(v), "write NAME=value, or leave all dashes out")
			continue
		}
		line, ok := r.written(pair{at: p.at, value: v}, what)
		if !ok {
			continue
		}
		name, value, assigned := strings.Cut(line, "=")
		_, twice := env[name]
		switch {
		case !assigned:
			r.wrong(v, what+" has no '='", "write NAME=value, or NAME= for an empty one; nothing is taken from the environment of lxdocker")
		case !legalVariable(name):
			r.wrong(v, what+" has no name a variable can have", "write NAME=value")
		case twice:
			r.wrong(v, fmt.Sprintf("the variable %s is there twice", quote(name)), "leave one out")
		default:
			r.remember("env."+name, v)
			env[name] = value
		}
	}
	return env
}

// legalVariable: what the kernel hands on as NAME=value and gets back the same.
func legalVariable(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool { return c == '=' || unicode.IsControl(c) })
}
