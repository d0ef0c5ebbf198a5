package diag

import "strings"

// explanation says in our words what the YAML library says in its own.
type explanation struct {
	message string // the library's
	prefix  bool   // message is only its beginning

	text, hint string

	// atContext: the beginning of the broken construct helps more than the place at
	// which it was found broken.
	atContext bool
}

const quoteIt = "put quotes around a value with special characters"

// explanations has the messages that people who write specs can cause.
var explanations = []explanation{
	{
		message: "mapping values are not allowed in this context", text: "a ':' that cannot be here",
		hint: `check the indentation, and the line above; put quotes around a value that contains ": "`,
	},
	{
		message: "could not find expected ':'", text: "a key without ':'", atContext: true,
		hint: "a line is `key: value`; check the indentation of text that has several lines",
	},
	{
		message: "did not find expected key", text: "this is not a key",
		hint: "check the indentation and the quotes; a line is `key: value`",
	},
	{
		message: "did not find expected '-' indicator", text: "this is not an entry of the list above",
		hint: `entries start with "- ", all with the same indentation`,
	},
	{
		message: "did not find expected ',' or ']'", text: "expected ',' or ']'",
		hint: "a list in [ ] is not closed, or an entry of it needs quotes",
	},
	{
		message: "did not find expected ',' or '}'", text: "expected ',' or '}'",
		hint: "a mapping in { } is not closed, or a value of it needs quotes",
	},
	{message: "did not find expected node content", text: "a value is missing", hint: quoteIt},
	{
		message: "block sequence entries are not allowed in this context", text: "a list cannot start here",
		hint: `put its first "- " on a line of its own`,
	},
	{message: "mapping keys are not allowed in this context", text: "a key cannot start here", hint: quoteIt},
	{
		message: "found character that cannot start any token", text: "a value cannot start with this character",
		hint: "put quotes around the value",
	},
	{message: "found unexpected end of stream", text: unclosedText, hint: unclosedHint, atContext: true},
	{message: "found unexpected document indicator", text: unclosedText, hint: unclosedHint, atContext: true},
	{message: "found unknown escape character", text: "an escape that YAML does not know", hint: backslashHint},
	{message: badEscape, text: "an escape that is not a character", hint: backslashHint},
	{message: "did not find expected hexadecimal number", text: "an escape that is not a character", hint: backslashHint},
	{message: "found incompatible YAML document", text: "a %YAML line for another version", hint: "leave the line out"},
	{message: "found unknown directive name", text: "a line that begins with %", hint: "leave the line out"},
	{
		message: "did not find expected comment or line break", text: "text after the | or > that starts a block of text",
		hint: "start the text on the next line",
	},
	{
		message: "unknown anchor", prefix: true, text: "an alias (*name) of something that does not exist",
		hint: "put quotes around a value that starts with '*'",
	},
	{message: "exceeded max depth", prefix: true, text: "nested too deeply", hint: "a few levels are enough"},
}

const (
	badEscape     = "found invalid Unicode character escape code"
	unclosedText  = "a quote is opened here and never closed"
	unclosedHint  = "close it; inside single quotes, write a single quote twice"
	backslashHint = `use single quotes, or \\ for a backslash`
)

// explain finds the explanation for a message of the library. Its own words are not
// shown, because they can repeat what is in the file.
func explain(message string) explanation {
	for _, e := range explanations {
		if e.message == message || e.prefix && strings.HasPrefix(message, e.message) {
			return e
		}
	}
	return explanation{text: "not valid YAML", hint: quoteIt}
}
