package spec

import (
	"fmt"
	"regexp"
	"strings"

	"lxdocker/internal/spec/diag"
)

// wordForm matches names of images, properties and requirements.
var wordForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// words reads a mapping from words to lines of text. For a key that cannot be set,
// refuse returns a hint.
func (r *reader) words(e diag.Entry, refuse func(key string) string) map[string]string {
	if e.Value.IsNull() {
		return nil
	}
	if !e.Value.IsMapping() {
		r.WrongType(e, e.Key, "a mapping", "write lines of `key: value` below it")
		return nil
	}
	all := make(map[string]string)
	for _, one := range r.Entries(e.Value) {
		if !wordForm.MatchString(one.Key) {
			r.Wrong(one.At, diag.Quote(one.Key)+" cannot be a key of "+e.Key, "use letters, digits, '.', '_' and '-'")
			continue
		}
		if refuse != nil {
			if hint := refuse(one.Key); hint != "" {
				r.Wrong(one.At, fmt.Sprintf("the property %s cannot be set here", diag.Quote(one.Key)), hint)
				continue
			}
		}
		r.Remember(e.Key+"."+one.Key, one.Where())
		if v, ok := r.WrittenLine(one, one.Key); ok {
			all[one.Key] = v
		}
	}
	return all
}

// reserved lists the properties that specs cannot set. A name that ends in "." is a
// prefix.
var reserved = []struct{ name, hint string }{
	{"description", "use the key `description` of the spec"},
	{"architecture", "use the key `architecture` of the spec"},
	{"requirements.", "use the key `requirements` of the spec"},
	{"serial", "lxdocker sets it"},
	{"lxdocker.", "lxdocker sets it"},
}

// reservedHint says how a reserved property is set, or "" if it is not reserved.
func reservedHint(key string) string {
	for _, r := range reserved {
		if key == r.name || strings.HasSuffix(r.name, ".") && strings.HasPrefix(key, r.name) {
			return r.hint
		}
	}
	return ""
}

func reservedPattern() string {
	var names []string
	for _, r := range reserved {
		name := regexp.QuoteMeta(r.name)
		if strings.HasSuffix(r.name, ".") {
			name += ".*"
		}
		names = append(names, name)
	}
	return "^(" + strings.Join(names, "|") + ")$"
}

func wordsRule(refused string) *rule {
	key := &rule{Pattern: wordForm.String()}
	if refused != "" {
		key = unless(key, refused)
	}
	return oneOf(mapping(scalar(), key), ofType("null"))
}
