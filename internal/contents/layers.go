package contents

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// ByLayer are the files that differ, by the layer that they are from. A file of a layer that
// one above it replaces is not from it.
type ByLayer struct {
	Known         bool    // of both images it was noted
	After, Before []Layer // of the image after, what was added and changed; of the one before, what was removed
	More          int     // layers that are not listed
}

// Layer is what differs of the files of one layer. Folders are not counted.
type Layer struct {
	Number                  int // the lowest is 1; 0 is what lxdocker and the spec add
	Added, Changed, Removed Count
	Largest                 []Large // of these files, the largest first
}

// Count counts files, and their bytes; of files that changed as they are now.
type Count struct {
	Files int
	Bytes int64
}

// Large is a large file.
type Large struct {
	Path string
	Size int64
}

// The bounds of what is listed.
const (
	mostLayers = 20 // of each image; those with the most files
	maxLargest = 3  // files of a layer
	maxPathEnd = 100
)

// layers counts what differs, by the numbers of layers.
type layers map[int]*Layer

// count counts a file in one of the counts of its layer.
func (all layers) count(e Entry, in func(*Layer) *Count) {
	if e.Kind == Dir {
		return
	}
	l := all[e.Layer]
	if l == nil {
		l = &Layer{Number: e.Layer}
		all[e.Layer] = l
	}
	c := in(l)
	c.Files++
	c.Bytes += e.bytes()
	l.see(e.Path, e.bytes())
}

func added(l *Layer) *Count   { return &l.Added }
func changed(l *Layer) *Count { return &l.Changed }
func removed(l *Layer) *Count { return &l.Removed }

// see takes a file into the list, if it is one of the largest.
func (l *Layer) see(path string, size int64) {
	i := len(l.Largest)
	for i > 0 && l.Largest[i-1].Size < size {
		i--
	}
	if size == 0 || i == maxLargest {
		return
	}
	l.Largest = slices.Insert(l.Largest, i, Large{pathEnd(path), size})
	l.Largest = l.Largest[:min(len(l.Largest), maxLargest)]
}

// pathEnd is the last part of a path: what a file is called says more than where it is.
func pathEnd(path string) string {
	if len(path) <= maxPathEnd {
		return path
	}
	path = path[len(path)-maxPathEnd:]
	for path != "" && !utf8.RuneStart(path[0]) {
		path = path[1:]
	}
	return "…" + path
}

// list gives the layers from the lowest, and how many are left out.
func (all layers) list() (listed []Layer, more int) {
	for _, l := range all {
		listed = append(listed, *l)
	}
	slices.SortFunc(listed, func(a, b Layer) int { return cmp.Or(b.files()-a.files(), a.Number-b.Number) })
	more = max(0, len(listed)-mostLayers)
	listed = listed[:len(listed)-more]
	slices.SortFunc(listed, func(a, b Layer) int { return a.Number - b.Number })
	return listed, more
}

func (l Layer) files() int { return l.Added.Files + l.Changed.Files + l.Removed.Files }
