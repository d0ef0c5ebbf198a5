package main

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/invopop/jsonschema"

	"lxdocker/internal/arch"
	"lxdocker/internal/lifecycle"
)

type (
	object  = jsonschema.Schema
	objects = []*jsonschema.Schema
)

// specRules says what each key takes. Text may be written as a number
// (`user: 1000`), and mappings and lists may be left empty.
func specRules(entry, check *object) map[string]*object {
	return map[string]*object{
		"image":              unless(text(`^(\S+|(oci|oci-archive|docker-archive):\S.*)$`), `^[^:]*://`),
		"disable_supervisor": anyOf(types("boolean", "null"), yes(), no()),
		"description":        text(`^\s*[^\x00-\x1f\x7f]*\s*$`),
		"aliases":            aliases(),
		"architecture":       oneOf(&object{Enum: architectures()}, list(&object{Enum: architectures()}, 1)),
		"entrypoint":         entrypoint(),
		"cmd":                argv(),
		"env":                env(),
		"user":               text(`^([^\s:]+(:[^\s:]+)?|:[^\s:]+)$`),
		"workdir":            text(`^/[^\x00-\x1f\x7f]*$`),
		"stop_signal":        stopSignal(),
		"stop_timeout":       anyOf(integer("0", "31536000"), &object{Type: "string", Pattern: `^(0|[1-9][0-9]*|` + durations + `)$`}),
		"restart":            restart(),
		"healthcheck":        healthcheck(check),
		"on_unhealthy":       &object{Enum: []any{"restart", "nothing"}},
		"shm_size":           anyOf(integer("4096", "1125899906842624"), &object{Type: "string", Pattern: `^[1-9][0-9]* ?([bB]|[kKmMgG]([iI]?[bB])?)?$`}),
		"properties":         words(`^(description|architecture|serial|requirements\..*|lxdocker\..*)$`),
		"requirements":       words(""),
		"files":              files(entry),
	}
}

// nothingToRun is a spec with `entrypoint: []`, which drops the image's cmd, too,
// and without a cmd.
func nothingToRun() *object {
	none := &object{Type: "array", MaxItems: new(uint64)}
	properties := jsonschema.NewProperties()
	properties.Set("entrypoint", none)
	properties.Set("cmd", none)
	return &object{Required: []string{"entrypoint"}, Properties: properties}
}

func aliases() *object {
	name := text(`^[A-Za-z0-9]([A-Za-z0-9._:/@+-]*[A-Za-z0-9_+-])?$`)
	var last []string
	for _, a := range architectures() {
		if s, ok := a.(string); ok {
			last = append(last, s)
		}
	}
	all := list(unless(name, "/("+strings.Join(last, "|")+")$"), 0)
	all.UniqueItems = true
	return oneOf(all, types("null"))
}

func architectures() []any {
	var all []any
	for _, a := range arch.All() {
		for _, name := range a.Names() {
			all = append(all, name)
			if n, err := strconv.Atoi(name); err == nil {
				all = append(all, n) // as YAML reads it
			}
		}
	}
	return all
}

func argv() *object {
	line := scalar()
	line.Pattern = `^[^\x00]*[^\s\x00][^\x00]*$`
	return oneOf(line, list(scalar(), 0))
}

func entrypoint() *object {
	s := argv()
	program := scalar()
	program.Pattern = `^[^\x00]+$`
	s.OneOf[1].PrefixItems = objects{program}
	return s
}

func env() *object {
	assignment := &object{Type: "string", Pattern: `^[^=\x00-\x1f\x7f]+=[^\x00]*$`}
	return oneOf(mapping(scalar(), &object{Pattern: `^[^=\x00-\x1f\x7f]+$`}), list(assignment, 0), types("null"))
}

// stopSignal: the enumeration is for completion, the pattern for other spellings.
func stopSignal() *object {
	names := lifecycle.SignalNames()
	var usual []any
	for _, name := range names {
		usual = append(usual, "SIG"+name)
	}
	pattern := anyCase("^(SIG)?("+strings.Join(names, "|")+"|RTMIN\\+") + "[0-9]+|" + anyCase("RTMAX-") + "[0-9]+)$"
	return anyOf(&object{Enum: usual}, &object{Type: "string", Pattern: pattern}, &object{Type: "string", Pattern: `^0*[1-9][0-9]?$`}, integer("1", "64"))
}

// anyCase makes a pattern take small letters for capital ones. Not every reader
// of schemas knows (?i).
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

func words(reserved string) *object {
	key := &object{Pattern: `^[A-Za-z0-9][A-Za-z0-9._-]*$`}
	if reserved != "" {
		key = unless(key, reserved)
	}
	return oneOf(mapping(scalar(), key), types("null"))
}

func text(pattern string) *object {
	s := types("string", "number")
	s.Pattern = pattern // of strings; a number has none
	return s
}

// scalar is any text, number, true or false.
func scalar() *object {
	s := types("string", "number", "boolean")
	s.Pattern = `^[^\x00]*$`
	return s
}

// yes and no are the words that YAML 1.1 has for true and false. Editors take
// them for text.
func yes() *object { return &object{Enum: []any{"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"}} }
func no() *object  { return &object{Enum: []any{"n", "N", "no", "No", "NO", "off", "Off", "OFF"}} }

// types: the library's field holds only one.
func types(names ...string) *object {
	if len(names) == 1 {
		return &object{Type: names[0]}
	}
	return &object{Extras: map[string]any{"type": names}}
}

func integer(from, to json.Number) *object {
	return &object{Type: "integer", Minimum: from, Maximum: to}
}

func list(of *object, least uint64) *object {
	s := &object{Type: "array", Items: of}
	if least > 0 {
		s.MinItems = &least
	}
	return s
}

func mapping(to, key *object) *object {
	return &object{Type: "object", AdditionalProperties: to, PropertyNames: key}
}

// unless makes s refuse text of a pattern.
func unless(s *object, pattern string) *object {
	s.Not = &object{Type: "string", Pattern: pattern}
	return s
}

func anyOf(choices ...*object) *object { return &object{AnyOf: choices} }
func oneOf(choices ...*object) *object { return &object{OneOf: choices} }
