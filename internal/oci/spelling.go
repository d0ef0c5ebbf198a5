package oci

import (
	"path"
	"slices"
	"strings"
)

// Repository returns where a registry has the image, without tag and digest:
// docker.io/library/nginx. It is "" for layouts and archives, which no registry
// has.
func (r Reference) Repository() string {
	if r.kind != Registry || r == (Reference{}) {
		return ""
	}
	return r.registry + "/" + r.repository
}

// Fixed reports whether the reference always means the same image, because it has a
// digest.
func (r Reference) Fixed() bool { return r.digest != "" }

// OnlyDigest returns the reference without its tag, if it has a digest: that says which
// image is meant, and nobody looks at the tag.
func (r Reference) OnlyDigest() Reference {
	if r.digest != "" {
		r.tag = ""
	}
	return r
}

// Spellings returns all ways to write a reference to an image in a registry, in full
// and in Docker's short forms, the shortest first: nginx, nginx:latest,
// library/nginx, …, docker.io/library/nginx:latest. All of them are read as this reference:
// docker.io/library/oci is not written oci:latest, which is a folder.
func (r Reference) Spellings() []string {
	full := r.Repository()
	if full == "" {
		return nil
	}
	names := []string{full}
	if path, ok := strings.CutPrefix(full, DockerHub+"/"); ok {
		names = append(names, path)
		if short, ok := strings.CutPrefix(path, "library/"); ok {
			names = append(names, short, DockerHub+"/"+short)
		}
	}
	var all []string
	for _, n := range names {
		for _, ending := range r.endings() {
			if same, err := Parse(n + ending); err == nil && same == r {
				all = append(all, n+ending)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return all
}

// endings returns what may follow the name.
func (r Reference) endings() []string {
	switch {
	case r.digest != "" && r.tag != "":
		return []string{":" + r.tag + "@" + r.digest}
	case r.digest != "":
		return []string{"@" + r.digest}
	case r.tag == defaultTag:
		return []string{"", ":" + r.tag}
	}
	return []string{":" + r.tag}
}

// Kind returns what the reference refers to.
func (r Reference) Kind() Kind { return r.kind }

// Path returns the folder or file of a layout or an archive.
func (r Reference) Path() string { return r.path }

// Name returns which image of a layout or an archive is meant, "" if there is one.
func (r Reference) Name() string { return r.name }

// Digest returns the digest, "" if there is none.
func (r Reference) Digest() string { return r.digest }

// Named returns a reference to a layout or an archive with the name that this gives to the
// image, in full, whatever was written to choose it. A text that can be no name is none.
func (r Reference) Named(name string) Reference {
	r.name = ""
	if full, ok := inFull(name); ok {
		r.name = full.String()
	} else if checkTag(name) == nil {
		r.name = name
	}
	return r
}

// inFull reads a name that a layout or an archive gives to an image, if it is more than
// a tag.
func inFull(name string) (Reference, bool) {
	full, err := parseRegistry(name)
	return full, err == nil && strings.ContainsAny(name, ":/")
}

// BaseName returns the last part of the repository, of a registry or of the name that a
// layout or an archive gives to the image; "" if it gives only a tag.
func (r Reference) BaseName() string {
	if r.kind != Registry {
		full, ok := inFull(r.name)
		if !ok {
			return ""
		}
		r = full
	}
	return path.Base(r.repository)
}

// TagName returns the tag, "" if there is only a digest.
func (r Reference) TagName() string { return r.tag }
