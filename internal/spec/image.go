package spec

import (
	"fmt"
	"strings"
)

// imagePattern is a loose one: package oci has the last word on references, and
// better words for what is wrong with one.
const imagePattern = `^(\S+|(oci|oci-archive|docker-archive):\S.*)$`

// loginPattern is a name and password before a host, as in a URL.
const loginPattern = `[^\s/:@]+:[^\s/@]+@[^\s/@]+/`

// image reads the reference.
func (r *reader) image(p pair) string {
	const example = "say which one, like `image: nginx`"
	if isNull(p.value) {
		r.wrongValue(p, "image has no value", example)
		return ""
	}
	s, ok := r.text(p, "image")
	if !ok {
		return ""
	}
	scheme, rest, hasScheme := strings.Cut(s, "://")
	local := matches(`^(oci|oci-archive|docker-archive):`, s)
	switch {
	case s == "":
		r.wrongValue(p, "image has no value", example)
	case matches(loginPattern, s) && !local:
		r.wrongValue(p, "a login does not belong into the name of an image", "use docker login or podman login")
	case hasScheme && !local:
		r.wrongValue(p, fmt.Sprintf("%s is no part of an image's name", quote(scheme+"://")), fmt.Sprintf("did you mean %s?", quote(rest)))
	case !matches(imagePattern, s):
		r.wrongValue(p, quote(s)+" cannot be an image", "write it like nginx, library/nginx:1.27, ghcr.io/owner/name:tag or oci:FOLDER")
	default:
		return s
	}
	return ""
}
