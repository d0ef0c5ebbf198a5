package diag

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestDiagnosticText(t *testing.T) {
	long := strings.Repeat("a", 300)
	for name, c := range map[string]struct {
		diagnostic Diagnostic
		want       string
	}{
		"with everything": {
			Diagnostic{File: "nginx.yaml", Line: 3, Col: 5, Text: `unknown key "imgae"`, Source: "    imgae: nginx", Hint: `did you mean "image"?`},
			"nginx.yaml:3:5: unknown key \"imgae\"\n  imgae: nginx\n  ^ did you mean \"image\"?"},
		"without a hint":    {Diagnostic{File: "f", Line: 1, Col: 3, Text: "t", Source: "abc"}, "f:1:3: t\n  abc\n    ^"},
		"without a line":    {Diagnostic{File: "f", Line: 1, Col: 3, Text: "t", Hint: "h"}, "f:1:3: t\n  h"},
		"of the whole file": {Diagnostic{File: "f", Text: "t", Hint: "h"}, "f: t\n  h"},
		"the bare minimum":  {Diagnostic{File: "f", Text: "t"}, "f: t"},
		"behind tabs":       {Diagnostic{File: "f", Line: 1, Col: 5, Text: "t", Source: "\ta\tbc"}, "f:1:5: t\n  a\tbc\n   \t ^"},
		"in the indentation": {
			Diagnostic{File: "f", Line: 1, Col: 2, Text: "t", Source: "   a"}, "f:1:2: t\n    a\n  ^"},
		"behind the end":                  {Diagnostic{File: "f", Line: 1, Col: 4, Text: "t", Source: "abc"}, "f:1:4: t\n  abc\n     ^"},
		"far behind the end":              {Diagnostic{File: "f", Line: 1, Col: 99, Text: "t", Source: "abc"}, "f:1:99: t\n  abc\n     ^"},
		"behind characters of many bytes": {Diagnostic{File: "f", Line: 1, Col: 3, Text: "t", Source: "äöü"}, "f:1:3: t\n  äöü\n    ^"},
		"in a very long line": {Diagnostic{File: "f", Line: 1, Col: 101, Text: "t", Source: long},
			"f:1:101: t\n  …" + long[:160] + "…\n   " + strings.Repeat(" ", 60) + "^"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.diagnostic.Error(); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func TestDiagnosticsAreSortedAndKeptOnce(t *testing.T) {
	m := Diagnostics{
		{File: "b", Line: 1, Col: 1, Text: "4"},
		{File: "a", Line: 2, Col: 1, Text: "3"},
		{File: "a", Line: 1, Col: 9, Text: "2"},
		{File: "a", Text: "1"},
		{File: "a", Line: 1, Col: 9, Text: "2"},
	}
	if got, want := m.Error(), "a: 1\na:1:9: 2\na:2:1: 3\nb:1:1: 4"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDiagnosticsAreFoundInAnErrorThatWrapsThem(t *testing.T) {
	err := fmt.Errorf("reading the specs: %w", Diagnostics{{File: "a", Text: "wrong"}})
	if found := (Diagnostics{}); !errors.As(err, &found) || len(found) != 1 {
		t.Errorf("found %v", found)
	}
}

func TestSecretLine(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
		want bool
	}{
		"the line of env":                {"image: a\nenv: b", 2, true},
		"below env":                      {"env:\n  A: b\n  C", 3, true},
		"below env, without indentation": {"env:\n  A: |\nb\nc: d", 4, true},
		"behind env":                     {"env:\n  A: b\nuser: c\n@", 4, false},
		"before env":                     {"@\nenv:\n  A: b", 1, false},
		"env in quotes":                  {"\"env\" :\n  A: b", 2, true},
		"a misspelt env":                 {"envs:\n  A: b", 2, true},
		"env with all keys indented":     {"  image: a\n  env:\n    user: b", 3, true},
		"a variable called like a key":   {"image: a\nenv:\n  user: b\n  PASSWORD: c", 4, true},
		"a key with its value below":     {"entrypoint:\n  - a\n  - @", 3, false},
		"everything in braces":           {"# c\n---\n{image: a, env: {A: b}}", 3, true},
		"braces without env":             {"{image: a, user: @}", 1, false},
		"a deep indentation":             {strings.Repeat(" ", 2000) + "env: a", 1, true},
		"an empty text":                  {"", 1, false},
		"behind the end":                 {"env: a", 9, true},
	} {
		if got := secretLine(splitLines(c.text), c.line, testKeys); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
