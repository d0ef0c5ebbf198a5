package spec

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// ociArchitecture gives OCI's word for an architecture that is called by OCI's,
// the kernel's, Debian's or LXD's word. Plain "arm" is not among them: OCI means
// arm/v7 by it, LXD and Incus arm/v6 (T12).
func ociArchitecture(word string) (string, bool) {
	switch word {
	case "amd64", "x86_64":
		return "amd64", true
	case "arm64", "aarch64", "arm64/v8":
		return "arm64", true
	case "arm/v7", "armhf", "armv7", "armv7l":
		return "arm/v7", true
	case "arm/v6", "armel", "armv6", "armv6l":
		return "arm/v6", true
	case "386", "i386", "i686":
		return "386", true
	case "ppc64le", "ppc64el":
		return "ppc64le", true
	case "loong64", "loongarch64":
		return "loong64", true
	case "s390x", "riscv64":
		return word, true
	}
	return "", false
}

// architectureWords are OCI's words, for hints.
func architectureWords() []string {
	return []string{"amd64", "arm64", "arm/v7", "arm/v6", "386", "ppc64le", "s390x", "riscv64", "loong64"}
}

// hostArchitecture is the one of this machine. Go does not say which variant of
// arm it runs on; v7 is what Debian and its kin call armhf.
func hostArchitecture() string {
	if runtime.GOARCH == "arm" {
		return "arm/v7"
	}
	return runtime.GOARCH
}

// nearArchitecture is the one that somebody meant, in OCI's words.
func nearArchitecture(word string) string {
	word = strings.ToLower(strings.TrimPrefix(word, "linux/")) // the platform of docker
	if arch, ok := ociArchitecture(strings.ReplaceAll(word, "-", "_")); ok {
		return arch
	}
	return nearest(word, architectureWords())
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
		arch, ok := ociArchitecture(word)
		switch {
		case ok && slices.Contains(all, arch):
			r.wrong(v, fmt.Sprintf("architecture %s is there twice", quote(word)), "it is the same as "+arch)
		case ok:
			r.remember("architecture."+arch, v)
			all = append(all, arch)
		case word == "arm":
			r.wrong(v, `architecture "arm" can mean two things`, "write arm/v7 (armhf) or arm/v6 (armel)")
		default:
			hint := "known: " + strings.Join(architectureWords(), ", ")
			if near := nearArchitecture(word); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			r.wrong(v, "unknown architecture "+quote(word), hint)
		}
	}
	return all
}
