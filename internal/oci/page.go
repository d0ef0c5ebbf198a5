package oci

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// pages are web pages about an image, as people copy them from their browsers, and what
// they mean; "*" is one part of the path. The rest of the address, such as /tags or a
// query, is ignored. A star that is left over is any image of an owner.
var pages = []struct{ page, image string }{
	{"hub.docker.com/_/*", "*"},
	{"hub.docker.com/r/*/*", "*/*"},
	{"hub.docker.com/repository/docker/*/*", "*/*"},
	{"hub.docker.com/layers/*/*/*", "*/*:*"},
	{"hub.docker.com/u/*", "*/*"},
	{"quay.io/repository/*/*", "quay.io/*/*"},
	{"gallery.ecr.aws/*/*", "public.ecr.aws/*/*"},
	{"github.com/orgs/*/packages/container/package/*", "ghcr.io/*/*"},
	{"github.com/users/*/packages/container/package/*", "ghcr.io/*/*"},
}

// githubPackage is in the page of a package below a repository, whose name is another.
const githubPackage = "/pkgs/container/"

// Plain returns the name of the image that a web page is about, and any other name as it
// is: OWNER/* for the page of all images of an owner. Names have no scheme; the error for
// one says what to write instead.
func Plain(name string) (string, error) {
	if image, err := fromPage(name); err != nil || image != "" {
		return image, err
	}
	switch scheme, rest, found := strings.Cut(name, "://"); scheme {
	case "docker", "http", "https":
		if found {
			return "", fmt.Errorf("leave out %q: write %q", scheme+"://", rest)
		}
	}
	return name, nil
}

// fromPage returns the reference of the image that a web page is about; "" if s is no
// page that is known here. Those of Docker Hub need no scheme: no registry has its name.
func fromPage(s string) (string, error) {
	scheme, address, hasScheme := strings.Cut(s, "://")
	if !hasScheme {
		scheme, address = "", s
	}
	address, _, _ = strings.Cut(address, "?")
	address, _, _ = strings.Cut(address, "#")
	parts := strings.Split(address, "/")
	isHub := parts[0] == "hub.docker.com"
	if scheme != "https" && scheme != "http" && (hasScheme || !isHub) {
		return "", nil
	}
	for _, p := range pages {
		if found, ok := match(strings.Split(p.page, "/"), parts); ok {
			return fill(p.image, found), nil
		}
	}
	if _, name, ok := strings.Cut(address, githubPackage); ok && parts[0] == "github.com" {
		name, _, _ = strings.Cut(name, "/")
		return fill("ghcr.io/*/*", []string{parts[1], name}), nil
	}
	if isHub {
		return "", errors.New("it is a page of Docker Hub about no single image: write nginx, or owner/name")
	}
	return "", nil
}

// match returns what stands for the stars of a pattern; there may be more behind it.
func match(pattern, parts []string) (found []string, ok bool) {
	for i, p := range pattern {
		switch {
		case i >= len(parts) || parts[i] == "":
			return nil, false
		case p == "*":
			found = append(found, parts[i])
		case p != parts[i]:
			return nil, false
		}
	}
	return found, true
}

// fill puts parts of an address for the stars. GitHub takes names in any letters, its
// registry only in small ones.
func fill(image string, parts []string) string {
	for _, part := range parts {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		if strings.HasPrefix(image, "ghcr.io/") {
			part = strings.ToLower(part)
		}
		image = strings.Replace(image, "*", part, 1)
	}
	return image
}
