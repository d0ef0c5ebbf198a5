package spec

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/spec/diag"
)

// aliasForm excludes characters that mean something else to LXD, Incus or their
// command lines: ',' separates aliases in the catalog, a leading '-' starts an
// option, white space ends an argument.
var aliasForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._:/@+-]*[A-Za-z0-9_+-])?$`)

// aliases reads additional names for the image called name.
func (r *reader) aliases(e diag.Entry, name string) []string {
	if e.Value.IsNull() {
		return nil
	}
	if !e.Value.IsList() {
		hint := "write a list, like [web, www]"
		if e.Value.IsScalar() && len(e.Value.Written()) < 60 {
			hint = fmt.Sprintf("write a list, like [%s]", strings.Join(strings.Fields(strings.ReplaceAll(e.Value.Written(), ",", " ")), ", "))
		}
		r.WrongType(e, "aliases", "a list", hint)
		return nil
	}
	var all []string
	for _, v := range r.Items(e.Value) {
		alias, ok := r.Text(e.Item(v), "an alias")
		if !ok {
			continue
		}
		if text, hint := badAlias(alias, name, all); text != "" {
			r.Wrong(v, text, hint)
			continue
		}
		r.Remember("aliases."+alias, v)
		all = append(all, alias)
	}
	return all
}

func badAlias(alias, name string, others []string) (text, hint string) {
	last := alias[strings.LastIndex(alias, "/")+1:]
	_, isArch := arch.BySpecName(last)
	switch {
	case strings.Contains(alias, ","):
		return "alias " + diag.Quote(alias) + " has a comma", "write several aliases as a list, like [web, www]"
	case !aliasForm.MatchString(alias):
		return diag.Quote(alias) + " cannot be an alias", "use letters, digits and . _ : / @ + -, starting with a letter or digit"
	case isArch && last != alias:
		return "alias " + diag.Quote(alias) + " ends in an architecture", "LXD and Incus know NAME/ARCHITECTURE for every name already"
	case alias == name:
		return "alias " + diag.Quote(alias) + " is the name of the image itself", "leave it out"
	case slices.Contains(others, alias):
		return "alias " + diag.Quote(alias) + " appears twice", "leave one out"
	}
	return "", ""
}

func aliasesRule() *rule {
	var endings []string
	for _, a := range arch.All() {
		endings = append(endings, a.Names()...)
	}
	all := list(unless(text(aliasForm), "/("+strings.Join(endings, "|")+")$"), 0)
	all.UniqueItems = true
	return oneOf(all, ofType("null"))
}
