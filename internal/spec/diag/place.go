package diag

import "strings"

// Place is where something stands in a file, with the line it stands in.
type Place struct {
	Line, Col int    // from 1; the column in characters. 0 is the file as a whole
	Source    string // the line; "" when it may hold a secret
}

// Diagnostic says that something is wrong there.
func (p Place) Diagnostic(file, text, hint string) Diagnostic {
	return Diagnostic{File: file, Line: p.Line, Col: p.Col, Text: text, Source: p.Source, Hint: hint}
}

// splitLines cuts text where YAML does, so that line numbers mean the same lines.
func splitLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	return strings.Split(text, "\n")
}
