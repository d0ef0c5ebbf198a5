package spec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/spec/diag"
)

// platforms returns OCI's names, for hints.
func platforms() []string {
	var names []string
	for _, a := range arch.All() {
		names = append(names, a.Platform())
	}
	return names
}

// nearPlatform guesses which architecture was meant and returns OCI's name for it.
func nearPlatform(word string) string {
	word = strings.ToLower(strings.TrimPrefix(word, "linux/")) // as docker --platform has it
	if a, ok := arch.BySpecName(strings.ReplaceAll(word, "-", "_")); ok {
		return a.Platform()
	}
	return diag.Nearest(word, platforms())
}

// architectures reads one architecture, or a list of them.
func (r *reader) architectures(e diag.Entry) []string {
	values := []diag.Node{e.Value}
	if e.Value.IsList() {
		values = r.Items(e.Value)
		if len(values) == 0 {
			r.WrongValue(e, "architecture is an empty list", "leave it out for the architecture of the machine")
		}
	}
	var all []string
	for _, v := range values {
		word, ok := r.Text(e.Item(v), "architecture")
		if !ok {
			continue
		}
		a, ok := arch.BySpecName(word)
		platform := a.Platform()
		switch {
		case ok && slices.Contains(all, platform):
			r.Wrong(v, fmt.Sprintf("architecture %s appears twice", diag.Quote(word)), "it is the same as "+platform)
		case ok:
			r.Remember("architecture."+platform, v)
			all = append(all, platform)
		case word == "arm":
			r.Wrong(v, `architecture "arm" can mean two things`, "write arm/v7 (armhf) or arm/v6 (armel)")
		default:
			hint := "known: " + strings.Join(platforms(), ", ")
			if near := nearPlatform(word); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			r.Wrong(v, "unknown architecture "+diag.Quote(word), hint)
		}
	}
	return all
}

// architectureNames returns every name that a spec can use. A name that YAML reads
// as a number is in it twice, as text and as a number.
func architectureNames() []any {
	var all []any
	for _, a := range arch.All() {
		for _, name := range a.Names() {
			all = append(all, name)
			if n, err := strconv.Atoi(name); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}
