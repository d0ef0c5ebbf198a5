package diag

import "strings"

// Place is a position in a file, with the line there.
type Place struct {
	Line, Col int    // from 1, columns in characters; 0 is the file as a whole
	Source    string // the line; "" when it may hold a secret
}

// Diagnostic reports something at this place.
func (p Place) Diagnostic(file, text, hint string) Diagnostic {
	return Diagnostic{File: file, Line: p.Line, Col: p.Col, Text: text, Source: p.Source, Hint: hint}
}

// splitLines splits text where YAML does, so that line numbers agree.
func splitLines(text string) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	return strings.Split(text, "\n")
}
