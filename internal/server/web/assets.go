package web

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"path"
	"strings"

	"lxdocker/internal/document"
)

//go:embed assets templates
var files embed.FS

// AssetPrefix begins the paths of styles and scripts.
const AssetPrefix = "assets/"

// Policy is the Content-Security-Policy of all pages: their own files, and nothing else.
const Policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Asset is a file that the pages need.
type Asset struct {
	Type string // its Content-Type
	*document.Document
}

var types = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

// Named returns a file of the pages by its name, and the path under which it is served, without
// its first slash: for pages of other listeners.
func Named(name string) (path string, a Asset) {
	all := newAssets()
	return all.paths[name], all.files[all.paths[name]]
}

// assets have their files by the path under which they are served: with a part of the hash of
// the contents, so that a path always means the same.
type assets struct {
	paths map[string]string // by name
	files map[string]Asset  // by path
}

func newAssets() assets {
	a := assets{map[string]string{}, map[string]Asset{}}
	for _, name := range []string{"page.css", "page.js", "icon.svg"} {
		text, err := files.ReadFile("assets/" + name)
		if err != nil {
			panic("web: " + err.Error()) // it is a part of the program
		}
		base, ext, _ := strings.Cut(name, ".")
		sum := sha256.Sum256(text)
		at := fmt.Sprintf("%s%s-%x.%s", AssetPrefix, base, sum[:8], ext)
		a.paths[name], a.files[at] = at, Asset{types[path.Ext(name)], document.New(text)}
	}
	return a
}
