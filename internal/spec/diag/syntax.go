package diag

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"
)

// syntax reports why a text is no YAML, in words for people who did not mean to
// write YAML's more curious parts. The library's own words would do for the rest,
// but can repeat what stands in the file, so only known ones are let through.
func (r *Reader) syntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		r.at(1, 1, "not valid YAML", "is it a text file?")
		return
	}
	mark := e.Mark
	text, hint, atContext := explain(e.Message)
	if atContext && e.ContextMark.Line > 0 {
		mark = e.ContextMark
	}
	if e.ContextMark.Line > 0 && r.nothingAt(mark.Line) {
		mark = e.ContextMark
		text, hint = "what starts here does not end", "close it; check the lines below"
	}
	if r.isTab(mark.Line, mark.Column) {
		text, hint = "a tab where YAML wants spaces", "indent with spaces only"
	}
	r.secret = map[int]bool{mark.Line: secretLine(r.lines, mark.Line, r.format.Keys)}
	r.at(mark.Line, mark.Column, text, hint)
}

// nothingAt says that a line is empty or behind the end: no place to point at.
func (r *Reader) nothingAt(line int) bool {
	return line < 1 || line > len(r.lines) || strings.TrimSpace(r.lines[line-1]) == ""
}

func (r *Reader) isTab(line, col int) bool {
	if line < 1 || line > len(r.lines) {
		return false
	}
	text := []rune(r.lines[line-1])
	return col >= 1 && col <= len(text) && text[col-1] == '\t'
}

// explain turns the library's message into ours. atContext says that the start
// of the broken thing helps more than the place where it was found broken.
func explain(message string) (text, hint string, atContext bool) {
	const quoteIt = "put quotes around a value with special characters"
	switch message {
	case "mapping values are not allowed in this context":
		return "a ':' that cannot be here", `check the indentation, and the line above; put quotes around a value that holds ": "`, false
	case "could not find expected ':'":
		return "a key without ':'", "a line is `key: value`; check the indentation of text that has several lines", true
	case "did not find expected key":
		return "this is not a key", "check the indentation and the quotes; a line is `key: value`", false
	case "did not find expected '-' indicator":
		return "this is not an entry of the list above", "entries start with \"- \", all with the same indentation", false
	case "did not find expected ',' or ']'":
		return "expected ',' or ']'", "a list in [ ] is not closed, or an entry of it needs quotes", false
	case "did not find expected ',' or '}'":
		return "expected ',' or '}'", "a mapping in { } is not closed, or a value of it needs quotes", false
	case "did not find expected node content":
		return "a value is missing", quoteIt, false
	case "block sequence entries are not allowed in this context":
		return "a list cannot start here", "put its first \"- \" on a line of its own", false
	case "mapping keys are not allowed in this context":
		return "a key cannot start here", quoteIt, false
	case "found character that cannot start any token":
		return "a value cannot start with this character", "put quotes around the value", false
	case "found unexpected end of stream", "found unexpected document indicator":
		return "a quote is opened here and never closed", "close it; inside single quotes a single quote is written twice", true
	case "found unknown escape character":
		return "an escape that YAML does not know", `use single quotes, or \\ for a backslash`, false
	case "found invalid Unicode character escape code", "did not find expected hexadecimal number":
		return "an escape that is not a character", `use single quotes, or \\ for a backslash`, false
	case "found incompatible YAML document":
		return "a %YAML line for another version", "leave the line out", false
	case "did not find expected comment or line break":
		return "text after the | or > that starts a block of text", "start the text on the next line", false
	}
	if strings.HasPrefix(message, "unknown anchor") {
		return "an alias (*name) of something that does not exist", "put quotes around a value that starts with '*'", false
	}
	if strings.Contains(message, "exceeded max depth") {
		return "nested too deeply", "a few levels are enough", false
	}
	return "not valid YAML", quoteIt, false
}
