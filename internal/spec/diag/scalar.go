package diag

import "strings"

// Text reads a value that is text. Numbers and dates are taken as written:
// `release: 1.10` means 1.10, not 1.1. what is the name of the value in messages.
func (r *Reader) Text(e Entry, what string) (string, bool) {
	if e.Value.IsScalar() && e.Value.y.ShortTag() == "!!bool" {
		r.WrongType(e, what, "text", "put quotes around it when it is meant as text")
		return "", false
	}
	return r.Written(e, what)
}

// Written reads any scalar as it is written.
func (r *Reader) Written(e Entry, what string) (string, bool) {
	if !e.Value.IsScalar() {
		r.WrongType(e, what, "text", "write one value")
		return "", false
	}
	switch e.Value.y.ShortTag() {
	case "!!str", "!!int", "!!float", "!!timestamp", "!!bool":
	case "!!null":
		r.WrongValue(e, what+" has no value", `leave it out, or write "" for an empty one`)
		return "", false
	default:
		r.WrongType(e, what, "text", "leave the tag (!name) out")
		return "", false
	}
	if strings.ContainsRune(e.Value.Written(), 0) {
		r.WrongValue(e, what+" holds a NUL character", "no program can be given such text")
		return "", false
	}
	return e.Value.Written(), true
}

// Word reads a value of a fixed form, such as a size, as it is written. wanted names
// the form, hint explains it: the hints of Text, to use quotes, would mislead.
func (r *Reader) Word(e Entry, wanted, hint string) (string, bool) {
	if tag := e.Value.y.ShortTag(); !e.Value.IsScalar() || tag == "!!null" || tag == "!!bool" {
		r.WrongType(e, e.Key, wanted, hint)
		return "", false
	}
	return r.Written(e, e.Key)
}

// Bool reads true or false.
func (r *Reader) Bool(e Entry) (value, ok bool) {
	if value, ok = e.Value.Bool(); ok {
		return value, true
	}
	hint := "write true or false"
	if e.Value.IsScalar() && !e.Value.IsPlain() {
		hint += " without quotes"
	}
	r.WrongType(e, e.Key, "true or false", hint)
	return false, false
}
