package spec

import (
	"fmt"
	"regexp"
	"strings"

	"lxdocker/internal/spec/diag"
)

const localImage = `(oci|oci-archive|docker-archive):` // on this machine

var (
	localForm = regexp.MustCompile(`^` + localImage)
	// Deliberately loose: package oci decides what a reference is, and explains
	// better what is wrong with one.
	imageForm = regexp.MustCompile(`^(\S+|` + localImage + `\S.*)$`)
	// Web pages that package oci may know the image of.
	pageForm = regexp.MustCompile(`^https?://(hub\.docker\.com|quay\.io/repository|gallery\.ecr\.aws|github\.com)/\S*$`)
)

// image reads the reference.
func (r *reader) image(e diag.Entry) string {
	const example = "say which one, like `image: nginx`"
	if e.Value.IsNull() {
		r.WrongValue(e, "image has no value", example)
		return ""
	}
	s, ok := r.Text(e, "image")
	if !ok {
		return ""
	}
	scheme, rest, hasScheme := strings.Cut(s, "://")
	local := localForm.MatchString(s)
	switch {
	case s == "":
		r.WrongValue(e, "image has no value", example)
	case diag.HasLogin(s) && !local:
		r.WrongValue(e, "a login does not belong in the name of an image", "use docker login, podman login or skopeo login")
	case hasScheme && !local && !pageForm.MatchString(s):
		r.WrongValue(e, fmt.Sprintf("%s is not part of an image's name", diag.Quote(scheme+"://")), fmt.Sprintf("did you mean %s?", diag.Quote(rest)))
	case !imageForm.MatchString(s):
		r.WrongValue(e, diag.Quote(s)+" cannot be an image", "write it like nginx, library/nginx:1.27, ghcr.io/owner/name:tag or oci:FOLDER")
	default:
		return s
	}
	return ""
}
