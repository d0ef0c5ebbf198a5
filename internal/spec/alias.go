package spec

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"lxdocker/internal/arch"
)

// aliasPattern leaves out what LXD or Incus, or their command lines, take for
// something else: ',' separates aliases in the catalog, a leading '-' starts an
// option, white space ends a word.
const aliasPattern = `^[A-Za-z0-9]([A-Za-z0-9._:/@+-]*[A-Za-z0-9_+-])?$`

// aliases reads the further names of the image called name.
func (r *reader) aliases(p pair, name string) []string {
	if isNull(p.value) {
		return nil
	}
	if p.value.Kind != yaml.SequenceNode {
		hint := "write a list, like [web, www]"
		if p.value.Kind == yaml.ScalarNode && len(p.value.Value) < 60 {
			hint = fmt.Sprintf("write a list, like [%s]", strings.Join(strings.Fields(strings.ReplaceAll(p.value.Value, ",", " ")), ", "))
		}
		r.wrongType(p, "aliases", "a list", hint)
		return nil
	}
	var all []string
	for _, v := range r.items(p.value) {
		alias, ok := r.text(pair{at: p.at, value: v}, "an alias")
		if !ok {
			continue
		}
		if text, hint := badAlias(alias, name, all); text != "" {
			r.wrong(v, text, hint)
			continue
		}
		r.remember("aliases."+alias, v)
		all = append(all, alias)
	}
	return all
}

func badAlias(alias, name string, others []string) (text, hint string) {
	last := alias[strings.LastIndex(alias, "/")+1:]
	_, isArch := arch.BySpecName(last)
	switch {
	case strings.Contains(alias, ","):
		return "alias " + quote(alias) + " has a comma", "write several aliases as a list, like [web, www]"
	case !matches(aliasPattern, alias):
		return quote(alias) + " cannot be an alias", "use letters, digits and . _ : / @ + -, starting with a letter or digit"
	case isArch && last != alias:
		return "alias " + quote(alias) + " ends in an architecture", "LXD and Incus know NAME/ARCHITECTURE for every name already"
	case alias == name:
		return "alias " + quote(alias) + " is the name of the image itself", "leave it out"
	case slices.Contains(others, alias):
		return "alias " + quote(alias) + " is there twice", "leave one out"
	}
	return "", ""
}
