package main

import "github.com/invopop/jsonschema"

const durations = `([0-9]+(\.[0-9]+)?(ms|s|m|h))+`

// healthRules says what each key of `healthcheck` takes.
func healthRules() map[string]*object {
	pause := &object{Type: "string", Pattern: `^` + durations + `$`}
	pause = unless(pause, `^([0.]+(ms|s|m|h))+$`)
	return map[string]*object{
		"test":           test(),
		"interval":       pause,
		"timeout":        pause,
		"start_period":   anyOf(&object{Type: "string", Pattern: `^(0|` + durations + `)$`}, integer("0", "0")),
		"start_interval": pause,
		"retries":        integer("1", "2147483647"),
		"disable":        anyOf(types("boolean", "null"), yes(), no()),
	}
}

// healthcheck is a mapping, or what means no check. With `disable: true` or
// `test: [NONE]` other keys mean nothing.
func healthcheck(check *object) *object {
	off := yes()
	off.Enum = append(off.Enum, true)
	none := &object{Type: "array", PrefixItems: objects{{Const: "NONE"}}, Items: types("string"), MinItems: one(), MaxItems: one()}
	times := []string{"interval", "timeout", "start_period", "start_interval", "retries"}
	s := *check
	s.AllOf = objects{
		{Not: allOf(has("disable", off), with(times...))},
		{Not: allOf(has("test", none), with(times...))},
		{Not: allOf(has("disable", off), has("test", &object{Not: none}))},
	}
	return anyOf(&s, types("null"), &object{Const: false}, no(), &object{Enum: []any{"none", "None", "NONE"}})
}

// test is a line for the shell, or a list whose first word says what it is.
func test() *object {
	line := scalar()
	line.Pattern = `^[^\x00]*[^\s\x00][^\x00]*$`
	program := *line
	argv := list(scalar(), 2)
	argv.PrefixItems = objects{{Const: "CMD"}, &program}
	text := list(scalar(), 2)
	text.PrefixItems = objects{{Const: "CMD-SHELL"}, &program}
	text.MaxItems = text.MinItems
	none := list(scalar(), 1)
	none.PrefixItems, none.MaxItems = objects{{Const: "NONE"}}, one()
	return oneOf(unless(line, `^NONE$`), argv, text, none)
}

// restart: `no` is false to many readers of YAML.
func restart() *object {
	return anyOf(
		&object{Enum: []any{"no", "on-failure", "always", false}},
		&object{Type: "string", Pattern: `^on-failure:0*[1-9][0-9]{0,9}$`},
		no(),
	)
}

// has says that a key is there, with such a value.
func has(key string, value *object) *object {
	properties := jsonschema.NewProperties()
	properties.Set(key, value)
	return &object{Required: []string{key}, Properties: properties}
}

// with says that one of the keys is there.
func with(keys ...string) *object {
	s := &object{}
	for _, key := range keys {
		s.AnyOf = append(s.AnyOf, &object{Required: []string{key}})
	}
	return s
}

func allOf(all ...*object) *object { return &object{AllOf: all} }

func one() *uint64 {
	n := uint64(1)
	return &n
}
