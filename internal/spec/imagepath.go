package spec

import (
	"path"
	"slices"
	"strings"
	"unicode"

	"lxdocker/internal/spec/diag"
)

// hidden lists the directories over which something is mounted at every start of a
// container.
var hidden = []string{"dev", "proc", "sys"}

// badPath says what is wrong with a path in the image.
func badPath(p string) (text, hint string) {
	first, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	quoted := "path " + diag.Quote(p)
	switch {
	case !strings.HasPrefix(p, "/"):
		return quoted + " is not absolute", "start it with /"
	case strings.ContainsFunc(p, unicode.IsControl):
		return quoted + " has control characters", "leave them out"
	case path.Clean(p) == "/":
		return quoted + " is the root of the image", "name something below it"
	case path.Clean(p) != p:
		return quoted + " is not in its shortest form", "did you mean " + path.Clean(p) + "?"
	case slices.Contains(hidden, first):
		return quoted + " is hidden in a container", "/" + first + " of an image is mounted over at every start"
	case len(p) > 4095 || slices.ContainsFunc(strings.Split(p, "/"), func(name string) bool { return len(name) > 255 }):
		return quoted + " is too long", "a name has up to 255 bytes, a path up to 4095"
	}
	return "", ""
}

// pathRule accepts absolute paths without empty names, "." and "..".
func pathRule() *rule {
	return unless(matching(`^(/([^/.]|\.[^/.]|\.\.[^/])[^/]*)+$`), `^/(`+strings.Join(hidden, "|")+`)(/|$)`)
}
