package spec

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// text reads a value that is text. Numbers and dates are taken as they are
// written: `release: 1.10` means 1.10, not 1.1.
func (r *reader) text(p pair, what string) (string, bool) {
	if p.value.Kind == yaml.ScalarNode && p.value.ShortTag() == "!!bool" {
		r.wrongType(p, what, "text", "put quotes around it when it is meant as text")
		return "", false
	}
	return r.written(p, what)
}

// written reads any value that is not made of others, as it is written.
func (r *reader) written(p pair, what string) (string, bool) {
	if p.value.Kind != yaml.ScalarNode {
		r.wrongType(p, what, "text", "write one value")
		return "", false
	}
	switch p.value.ShortTag() {
	case "!!str", "!!int", "!!float", "!!timestamp", "!!bool":
	case "!!null":
		r.wrongValue(p, what+" has no value", `leave it out, or write "" for an empty one`)
		return "", false
	default:
		r.wrongType(p, what, "text", "leave the tag (!name) out")
		return "", false
	}
	if strings.ContainsRune(p.value.Value, 0) {
		r.wrongValue(p, what+" holds a NUL character", "the kernel knows no such text")
		return "", false
	}
	return p.value.Value, true
}

// word reads a value of a fixed form, which wanted names: text or a number, as
// it is written. Where text reads true or nothing, the usual hints would mislead.
func (r *reader) word(p pair, wanted, hint string) (string, bool) {
	if tag := p.value.ShortTag(); p.value.Kind != yaml.ScalarNode || tag == "!!null" || tag == "!!bool" {
		r.wrongType(p, p.key, wanted, hint)
		return "", false
	}
	return r.written(p, p.key)
}

// line reads text that is shown to people: one line of printable characters.
func (r *reader) line(p pair, what string) (string, bool) {
	return r.oneLine(p, what, r.text)
}

func (r *reader) oneLine(p pair, what string, read func(pair, string) (string, bool)) (string, bool) {
	s, ok := read(p, what)
	s = strings.TrimSpace(s)
	if ok && strings.ContainsFunc(s, unicode.IsControl) {
		r.wrongValue(p, what+" must be one line of plain text", "use > instead of | to fold several lines into one")
		return "", false
	}
	return s, ok
}

// truth reads true or false.
func (r *reader) truth(p pair, what string) (value, ok bool) {
	if value, ok = boolean(p.value); ok {
		return value, true
	}
	hint := "write true or false"
	if p.value.Kind == yaml.ScalarNode && !plain(p.value) {
		hint += " without quotes"
	}
	r.wrongType(p, what, "true or false", hint)
	return false, false
}

// boolean understands true and false also in the words of YAML 1.1, which older
// spec files use.
func boolean(n *yaml.Node) (value, ok bool) {
	if tag := n.ShortTag(); !plain(n) || tag != "!!bool" && tag != "!!str" {
		return false, false
	}
	switch spelling(n.Value) {
	case "y", "yes", "true", "on":
		return true, true
	case "n", "no", "false", "off":
		return false, true
	}
	return false, false
}

func plain(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}

// spelling: YAML knows true, True and TRUE, but not tRUE.
func spelling(word string) string {
	lower := strings.ToLower(word)
	if word == lower || word == strings.ToUpper(word) || word == strings.ToUpper(word[:1])+lower[1:] {
		return lower
	}
	return ""
}

// number reads a user or group number. 4294967295 is none: it means "no change"
// to the kernel.
func (r *reader) number(p pair, what string) (uint32, bool) {
	if p.value.Kind == yaml.ScalarNode && p.value.ShortTag() == "!!int" {
		n, err := strconv.ParseUint(p.value.Value, 10, 32)
		if err != nil || n == 1<<32-1 || strconv.FormatUint(n, 10) != p.value.Value { // 0100 is octal to YAML
			r.wrongValue(p, fmt.Sprintf("%s cannot be %s", what, quote(p.value.Value)), "write a plain decimal number from 0 to 4294967294")
			return 0, false
		}
		return uint32(n), true
	}
	r.wrongType(p, what, "a number", "names are not known here: write the number that the image has for it")
	return 0, false
}

func (r *reader) wrongType(p pair, what, wanted, hint string) {
	if isNull(p.value) {
		r.wrongValue(p, what+" has no value", hint)
		return
	}
	r.wrongValue(p, fmt.Sprintf("%s must be %s, this is %s", what, wanted, kind(p.value)), hint)
}
