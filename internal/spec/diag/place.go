package diag

import "regexp"

// Place is a position in a file, with the line there.
type Place struct {
	Line, Col int    // from 1, columns in characters; 0 is the file as a whole
	Source    string // the line; "" when it may hold a secret
}

// Diagnostic reports something at this place.
func (p Place) Diagnostic(file, text, hint string) Diagnostic {
	return Diagnostic{File: file, Line: p.Line, Col: p.Col, Text: text, Source: p.Source, Hint: hint}
}

// lineBreak is where YAML 1.1 ends a line, as the library does.
var lineBreak = regexp.MustCompile("\r\n|[\r\n\u0085\u2028\u2029]")

// splitLines splits text where YAML does, so that line numbers agree.
func splitLines(text string) []string { return lineBreak.Split(text, -1) }
