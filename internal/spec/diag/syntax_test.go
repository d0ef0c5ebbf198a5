package diag

import (
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// syntaxErrors are messages of the library, each with a text that causes it.
var syntaxErrors = map[string]string{
	"mapping values are not allowed in this context":         "a: b: c",
	"could not find expected ':'":                            "a: b\nc\nd: e",
	"did not find expected key":                              "a: 'b' c",
	"did not find expected '-' indicator":                    "- a\nb: c",
	"did not find expected ',' or ']'":                       "a: [b c: d",
	"did not find expected ',' or '}'":                       "a: {b: c d: e",
	"did not find expected node content":                     "a: ]",
	"block sequence entries are not allowed in this context": "a: - b",
	"mapping keys are not allowed in this context":           "a: ? b",
	"found character that cannot start any token":            "a: @b",
	"found unexpected end of stream":                         "a: \"b",
	"found unexpected document indicator":                    "a: \"b\n---\n\"",
	"found unknown escape character":                         `a: "\q"`,
	"found invalid Unicode character escape code":            `a: "\ud800"`,
	"did not find expected hexadecimal number":               `a: "\xzz"`,
	"found incompatible YAML document":                       "%YAML 3.0\n---\na: b",
	"found unknown directive name":                           "%FOO bar\n---\na: b",
	"did not find expected comment or line break":            "a: | b\n",
	"unknown anchor 'b' referenced":                          "a: *b",
	"exceeded max depth of 10000":                            "a: " + strings.Repeat("[", 20_000),
}

// TestSyntaxErrorsAreKnown: the library's messages are known by their text. A release
// that words one otherwise fails here.
func TestSyntaxErrorsAreKnown(t *testing.T) {
	for message, text := range syntaxErrors {
		t.Run(message, func(t *testing.T) {
			loader, err := yaml.NewLoader(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			var document yaml.Node
			var e *yaml.LoadError
			if err := loader.Load(&document); !errors.As(err, &e) || e.Message != message {
				t.Errorf("the library says of %.40q: %v", text, err)
			}
		})
	}
}

func TestEveryExplanationIsOfAKnownError(t *testing.T) {
	explained := make(map[string]bool)
	for message := range syntaxErrors {
		explained[explain(message).message] = true
	}
	for _, e := range explanations {
		if !explained[e.message] {
			t.Errorf("no text causes %q", e.message)
		}
	}
}
