package diag

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"
)

// syntax reports why a text is not valid YAML, in words for people who did not mean
// to use the more obscure parts of YAML.
func (r *Reader) syntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		r.at(1, 1, "not valid YAML", "is it a text file?")
		return
	}
	mark := e.Mark
	why := explain(e.Message)
	text, hint := why.text, why.hint
	if why.atContext && e.ContextMark.Line > 0 {
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

// nothingAt says that a line is empty or after the end: there is nothing to point
// at.
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
