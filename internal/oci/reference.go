package oci

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Kind is what a reference refers to; its text is the prefix.
type Kind string

// The kinds. A registry has no prefix.
const (
	Registry      Kind = ""
	Layout        Kind = "oci"
	OCIArchive    Kind = "oci-archive"
	DockerArchive Kind = "docker-archive"
)

// defaultTag is the tag of a name without tag and digest.
const defaultTag = "latest"

// Reference says where an image is. The zero value refers to nothing; Parse
// makes the others. References are comparable.
type Reference struct {
	kind       Kind
	registry   string // registry only: HOST or HOST:PORT
	repository string // registry only: library/nginx
	tag        string // registry only; "" if only a digest was given
	digest     string // registry only; "sha256:…" or ""
	path       string // layouts and archives only
	name       string // layouts and archives only: which image in it; "" if there is one
}

// Parse reads a reference:
//
//	nginx, library/nginx:1.27                    Docker Hub
//	ghcr.io/owner/name:tag, 127.0.0.1:5000/name  other registries
//	…@sha256:<64 hex digits>                     by digest, with or without a tag
//	https://hub.docker.com/_/nginx               the image that a web page is about
//	oci:PATH[:REF]                               OCI layout in a folder
//	oci-archive:FILE[:REF]                       OCI layout in a tar file
//	docker-archive:FILE[:REF]                    what docker save writes
//
// PATH and FILE end at the first colon, as in skopeo. REF is a name or tag that
// the layout or archive gives to an image, or @N for its Nth image (from 0), or
// @sha256:… for a digest.
func Parse(s string) (Reference, error) {
	r, err := parse(s)
	if err != nil {
		return Reference{}, notFoundf("parsing reference %q: %w", withoutLogin(s), err)
	}
	return r, nil
}

// Wrong says what is wrong with a reference, nil for nothing: the error of Parse, which
// does not repeat the reference.
func Wrong(s string) error {
	_, err := parse(s)
	return err
}

// withoutLogin hides a login that somebody wrote before the host, as in a URL.
func withoutLogin(s string) string {
	if before, host, found := strings.Cut(s, "@"); found && strings.Contains(host, "/") && strings.Contains(before, ":") {
		return "…@" + host
	}
	return s
}

func parse(s string) (Reference, error) {
	if err := checkText(s); err != nil {
		return Reference{}, err
	}
	plain, err := Plain(s)
	switch {
	case err != nil:
		return Reference{}, err
	case strings.HasSuffix(plain, "/*") && !strings.Contains(s, "*"):
		return Reference{}, fmt.Errorf("it is the page of all images of an owner: write %q", strings.TrimSuffix(plain, "*")+"NAME")
	case plain != s:
		return parseRegistry(plain)
	}
	kind, rest, _ := strings.Cut(s, ":")
	switch Kind(kind) {
	case Layout, OCIArchive, DockerArchive:
		if len(kind) < len(s) {
			return parseLocal(Kind(kind), rest)
		}
	case "docker-daemon", "containers-storage", "dir", "sif", "ostree":
		if len(kind) < len(s) {
			return Reference{}, fmt.Errorf("%s: is not supported; save the image (docker save, podman save, skopeo copy) and use oci:PATH, oci-archive:PATH or docker-archive:PATH", kind)
		}
	}
	return parseRegistry(s)
}

func checkText(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("it is empty")
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("it has white space around it")
	}
	for _, c := range s {
		if !unicode.IsGraphic(c) || c == utf8.RuneError {
			return fmt.Errorf("it holds characters that are not text")
		}
	}
	return nil
}

func parseLocal(kind Kind, rest string) (Reference, error) {
	path, ref, found := strings.Cut(rest, ":")
	if path == "" {
		return Reference{}, fmt.Errorf("no path after %q", string(kind)+":")
	}
	if strings.HasPrefix(path, "~/") {
		return Reference{}, fmt.Errorf("~ is not expanded here: write the path in full")
	}
	if found && ref == "" {
		return Reference{}, fmt.Errorf("nothing after the last colon; leave it out if there is only one image")
	}
	return Reference{kind: kind, path: path, name: ref}, nil
}

// ParseRegistry is Parse for an image in a registry.
func ParseRegistry(s string) (Reference, error) {
	r, err := parseRegistry(s)
	if err != nil {
		return Reference{}, notFoundf("parsing reference %q: %w", withoutLogin(s), err)
	}
	return r, nil
}

func parseRegistry(s string) (Reference, error) {
	base, digest, hasDigest := strings.Cut(s, "@")
	if hasDigest && strings.Contains(digest, "/") {
		return Reference{}, fmt.Errorf("a login does not belong into it: use docker login, podman login or skopeo login")
	}
	// The part before another "@" may be a login, which must not be shown.
	if v := variable.FindString(s); v != "" && (!hasDigest || strings.HasPrefix(digest, "sha256:")) {
		return Reference{}, fmt.Errorf("variables such as %s are not expanded here: write what it stands for", v)
	}
	if hasDigest && !ValidDigest(digest) {
		return Reference{}, fmt.Errorf("%q is no digest: a digest is sha256: and 64 hexadecimal digits", digest)
	}
	registry, repository, tag, err := splitName(base)
	if err != nil {
		return Reference{}, explainName(base, err)
	}
	if tag == "" && !hasDigest {
		tag = defaultTag
	}
	return Reference{registry: registry, repository: repository, tag: tag, digest: digest}, nil
}

// String returns the reference in full, as Parse reads it:
// docker.io/library/nginx:latest.
func (r Reference) String() string {
	if r.kind != Registry {
		s := string(r.kind) + ":" + r.path
		if r.name != "" {
			s += ":" + r.name
		}
		return s
	}
	if r == (Reference{}) {
		return ""
	}
	s := r.Repository()
	if r.tag != "" {
		s += ":" + r.tag
	}
	if r.digest != "" {
		s += "@" + r.digest
	}
	return s
}

// Tag returns the tag; without one the first twelve digits of the digest;
// without that, "latest".
func (r Reference) Tag() string {
	switch {
	case r.tag != "":
		return r.tag
	case r.digest != "":
		return shortDigest(r.digest)
	case strings.HasPrefix(r.name, "@"):
		if d := r.name[1:]; ValidDigest(d) {
			return shortDigest(d)
		}
		return defaultTag
	case r.name == "":
		return defaultTag
	}
	if n, ok := inFull(r.name); ok && n.tag != "" {
		return n.tag
	}
	return r.name
}
