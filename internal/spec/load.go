package spec

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"lxdocker/internal/arch"
)

const maxSpec = 1 << 20 // bytes of one spec file; big contents belong beside it

// LoadDir reads the specs of a folder, *.yaml and *.yml, sorted by name; only
// those named, if any are. Files whose name starts with a dot are no specs. The
// error is Mistakes when the files are wrong. The specs that nothing is wrong with
// come along, so that more can be found in them; not so that something is made of
// them.
func LoadDir(dir string, names ...string) ([]Spec, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the specs in %s: %w", dir, bare(err))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("reading the specs in %s: %w", dir, bare(err))
	}
	defer root.Close()
	var files []string
	for _, e := range entries {
		if _, ok := stem(e.Name()); ok && !e.IsDir() {
			files = append(files, e.Name())
		}
	}
	files, mistakes := choose(dir, files, names)
	var specs []Spec
	for _, file := range files {
		s, wrong := read(root, dir, file)
		specs, mistakes = append(specs, s), append(mistakes, wrong...)
	}
	mistakes = append(mistakes, clashes(specs, arch.Host(runtime.GOARCH))...)
	slices.SortFunc(specs, func(a, b Spec) int { return strings.Compare(a.Name, b.Name) })
	return slices.DeleteFunc(specs, mistakes.concern), mistakes.err()
}

// Load reads one spec. The error is Mistakes when the file is wrong.
func Load(path string) (Spec, error) {
	dir, file := filepath.Split(path)
	if _, ok := stem(file); !ok {
		return Spec{}, Mistakes{{File: path, Text: "not a spec", Hint: "a spec is a file whose name ends in .yaml or .yml"}}
	}
	root, err := os.OpenRoot(filepath.Clean(dir))
	if err != nil {
		return Spec{}, fmt.Errorf("reading %s: %w", path, bare(err))
	}
	defer root.Close()
	s, mistakes := read(root, dir, file)
	if len(mistakes) > 0 {
		return Spec{}, mistakes.sorted()
	}
	return s, nil
}

// stem is the name of the image that a file describes.
func stem(file string) (string, bool) {
	ext := filepath.Ext(file)
	name := strings.TrimSuffix(file, ext)
	return name, (ext == ".yaml" || ext == ".yml") && name != "" && name[0] != '.'
}

// choose keeps the files of the names, or all without names.
func choose(dir string, files, names []string) (chosen []string, mistakes Mistakes) {
	if len(names) == 0 {
		return files, nil
	}
	var known []string
	wanted := make(map[string]bool)
	for _, file := range files {
		name, _ := stem(file)
		known = append(known, name)
		if slices.Contains(names, name) {
			chosen, wanted[name] = append(chosen, file), true
		}
	}
	for _, name := range names {
		if !wanted[name] {
			hint := "the folder has no such file"
			if near := nearest(strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml"), known); near != "" {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			mistakes = append(mistakes, Mistake{File: dir, Text: fmt.Sprintf("no spec is called %q", name), Hint: hint})
		}
	}
	return chosen, mistakes
}

// read reads one file. Also a wrong file gives a Spec, with what could be read,
// so that it can be compared with others.
func read(root *os.Root, dir, file string) (Spec, Mistakes) {
	path := filepath.Join(dir, file)
	name, _ := stem(file)
	var mistakes Mistakes
	if !legalName(name) {
		mistakes = append(mistakes, Mistake{File: path, Text: fmt.Sprintf("%q cannot be the name of an image", name),
			Hint: "the file's name without its extension is the image's name: letters, digits, '.', '_' and '-', starting with a letter or digit"})
	}
	// A spec itself may be a link to anywhere, as configuration managers make
	// them; what it names in `source` may not.
	data, err := readAll(maxSpec, func(flag int) (*os.File, error) { return os.OpenFile(path, flag, 0) })
	if err != nil {
		m := Mistake{File: path, Text: "cannot be read: " + err.Error(), Hint: "a spec is a text file that lxdocker may read"}
		if errors.Is(err, errTooBig) {
			m.Hint = "put big contents into files beside the spec and name them with `source`"
		}
		return Spec{Name: name, File: path}, append(mistakes, m)
	}
	s, wrong := parse(name, path, data, rootFolder{root})
	return s, append(mistakes, wrong...)
}
