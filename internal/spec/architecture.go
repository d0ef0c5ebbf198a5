package spec

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"lxdocker/internal/arch"
)

// platforms are OCI's names, for hints.
func platforms() []string {
	var names []string
	for _, a := range arch.All() {
		names = append(names, a.Platform())
	}
	return names
}

// nearPlatform is the architecture that somebody meant, by OCI's name.
func nearPlatform(word string) string {
	word = strings.ToLower(strings.TrimPrefix(word, "linux/")) // the platform of docker
	if a, ok := arch.BySpecName(strings.ReplaceAll(word, "-", "_")); ok {
		return a.Platform()
	}
	return nearest(word, platforms())
}

// architectures reads one architecture, or a list of them.
func (r *reader) architectures(p pair) []string {
	values := []*yaml.Node{p.value}
	if p.value.Kind == yaml.SequenceNode {
		values = r.items(p.value)
		if len(values) == 0 {
			r.wrongValue(p, "architecture is an empty list", "leave it out for the architecture of the machine")
		}
	}
	var all []string
	for _, v := range values {
		word, ok := r.text(pair{at: p.at, value: v}, "architecture")
		if !ok {
			continue
		}
		a, ok := arch.BySpecName(word)
		platform := a.Platform()
		switch {
		case ok && slices.Contains(all, platform):
			r.wrong(v, fmt.Sprintf("architecture %s is there twice", quote(word)), "it is the same as "+platform)
		case ok:
			r.remember("architecture."+platform, v)
			all = append(all, platform)
		case word == "arm":
			r.wrong(v, `architecture "arm" can mean two things`, "write arm/v7 (armhf) or arm/v6 (armel)")
		default:
			hint := "known: " + strings.Join(platforms(), ", ")
			if near := nearPlatform(word); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			r.wrong(v, "unknown architecture "+quote(word), hint)
		}
	}
	return all
}
