package image

import (
	"cmp"
	"strings"
)

// Dir is the folder of all images, below the store's and below the server's URL.
const Dir = "images"

// Product is an image for one architecture, whatever its version: the key under
// which versions replace each other.
type Product struct {
	Name         string
	Architecture string // in LXD's words: amd64, arm64, armhf…
}

// String is the product as people read it: "nginx/amd64".
func (p Product) String() string { return p.Name + "/" + p.Architecture }

// Dir is the product's folder below the store's: "images/nginx/amd64".
func (p Product) Dir() string { return Dir + "/" + p.Name + "/" + p.Architecture }

// Valid says whether both words may become names of folders and parts of a URL.
func (p Product) Valid() bool { return ValidName(p.Name) && ValidArchitecture(p.Architecture) }

// Compare orders products by name, then by architecture.
func (p Product) Compare(q Product) int {
	if c := strings.Compare(p.Name, q.Name); c != 0 {
		return c
	}
	return strings.Compare(p.Architecture, q.Architecture)
}

// ID names one version of a product.
type ID struct {
	Product
	Serial string // YYYYMMDD_HHMMSS
}

// Dir is the version's folder below the store's: "images/nginx/amd64/20261123_101500".
func (i ID) Dir() string { return i.Product.Dir() + "/" + i.Serial }

// Compare orders versions by name, architecture and serial, the oldest first.
func (i ID) Compare(j ID) int {
	return cmp.Or(i.Product.Compare(j.Product), strings.Compare(i.Serial, j.Serial))
}

// Valid says whether all three words may become names of folders.
func (i ID) Valid() bool { return i.Product.Valid() && ValidSerial(i.Serial) }

// ParseDir takes apart what ID.Dir makes. It is false for every other path.
func ParseDir(dir string) (ID, bool) {
	words := strings.Split(dir, "/")
	if len(words) != 4 || words[0] != Dir {
		return ID{}, false
	}
	id := ID{Product{words[1], words[2]}, words[3]}
	return id, id.Valid()
}

// ParsePath takes apart what Version.Path makes: the version and the name of one
// of its files. It is false for every other path.
func ParsePath(path string) (id ID, file string, ok bool) {
	words := strings.Split(path, "/")
	if len(words) != 5 || words[0] != Dir {
		return ID{}, "", false
	}
	id = ID{Product{words[1], words[2]}, words[3]}
	if !id.Valid() || !ValidFileName(words[4]) {
		return ID{}, "", false
	}
	return id, words[4], true
}
