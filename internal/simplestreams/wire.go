package simplestreams

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// product is a product in images.json.
type product struct {
	aliases                       []string
	arch                          string
	os, release, variant, version string
	requirements                  map[string]string
	versions                      []version
}

type version struct {
	serial string // of versions, clients take the greatest
	items  []item
}

// item is a file of a version. Its name in the file is its ftype.
type item struct {
	ftype            string
	path             string
	sha256           string
	size             int64
	combinedSquashfs string // "": there is none; so for those that follow
	combinedTarball  string
	deltaBase        string // a serial of the same product
}

// lines is the product as it stands in images.json.
func (p product) lines(id string) []byte {
	w := &lineWriter{depth: 2}
	w.begin(id)
	w.field("aliases", strings.Join(p.aliases, ","))
	w.field("arch", p.arch)
	w.field("os", p.os)
	w.field("release", p.release)
	w.field("release_title", p.release)
	w.field("variant", p.variant)
	w.field("version", p.version)
	w.fields("lxd_requirements", p.requirements) // LXD up to 5.0.2 knows only these,
	w.fields("requirements", p.requirements)     // Incus only these
	w.begin("versions")
	for _, v := range slices.SortedFunc(slices.Values(p.versions), func(a, b version) int { return cmp.Compare(a.serial, b.serial) }) {
		v.write(w)
	}
	w.end()
	w.end()
	return w.text
}

func (v version) write(w *lineWriter) {
	w.begin(v.serial)
	w.begin("items")
	for _, i := range slices.SortedFunc(slices.Values(v.items), func(a, b item) int { return cmp.Compare(a.ftype, b.ftype) }) {
		w.begin(i.ftype)
		w.field("ftype", i.ftype)
		w.field("path", i.path)
		w.field("sha256", i.sha256)
		w.number("size", i.size)
		for _, f := range [][2]string{{"combined_squashfs_sha256", i.combinedSquashfs}, {"combined_rootxz_sha256", i.combinedTarball}, {"delta_base", i.deltaBase}} {
			if f[1] != "" {
				w.field(f[0], f[1])
			}
		}
		w.end()
	}
	w.end()
	w.end()
}

// fields writes an object of strings.
func (w *lineWriter) fields(key string, all map[string]string) {
	w.begin(key)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		w.field(k, all[k])
	}
	w.end()
}
