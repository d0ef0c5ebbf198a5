package spec

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"lxdocker/internal/arch"
	"lxdocker/internal/durable"
	"lxdocker/internal/spec/diag"
)

const maxSpec = 1 << 20 // bytes of one spec file; large contents belong in files of their own

// Set is the result of reading several specs.
type Set struct {
	Specs []Spec           // the valid ones; of a folder, sorted by name
	Wrong diag.Diagnostics // everything that is wrong with the others
}

// WrongNames are the names of the images whose specs are wrong.
func (s Set) WrongNames() (names []string) {
	for _, d := range s.Wrong {
		if name, ok := stem(filepath.Base(d.File)); ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// ReadDir reads the specs of a folder, *.yaml and *.yml, or only those named, sorted by
// name. Files whose name starts with a dot are ignored. The error says that the folder
// cannot be read; what is wrong with a spec is in the Set.
func ReadDir(dir string, names ...string) (Set, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Set{}, fmt.Errorf("reading the specs in %s: %w", dir, bare(err))
	}
	defer root.Close()
	files, wrong, err := choose(root, dir, names)
	if err != nil {
		return Set{}, fmt.Errorf("reading the specs in %s: %w", dir, bare(err))
	}
	var specs []Spec
	for _, file := range files {
		s, own := read(root, dir, file)
		specs, wrong = append(specs, s), append(wrong, own...)
	}
	wrong = append(wrong, conflicts(specs, arch.Host(runtime.GOARCH))...)
	slices.SortFunc(specs, func(a, b Spec) int { return strings.Compare(a.Name, b.Name) })
	bad := make(map[string]bool)
	for _, d := range wrong {
		bad[d.File] = true
	}
	specs = slices.DeleteFunc(specs, func(s Spec) bool { return bad[s.File] })
	return Set{Specs: specs, Wrong: wrong}, nil
}

// Load reads one spec. If anything is wrong with it, the error is a
// diag.Diagnostics.
func Load(path string) (Spec, error) {
	dir, file := filepath.Split(path)
	if _, ok := stem(file); !ok {
		return Spec{}, diag.Diagnostics{{File: path, Text: "not a spec", Hint: "a spec is a file whose name ends in .yaml or .yml"}}
	}
	root, err := os.OpenRoot(filepath.Clean(dir))
	if err != nil {
		return Spec{}, fmt.Errorf("reading %s: %w", path, bare(err))
	}
	defer root.Close()
	s, wrong := read(root, dir, file)
	if err := wrong.Err(); err != nil {
		return Spec{}, err
	}
	return s, nil
}

// ReadFiles reads the specs in these files.
func ReadFiles(paths ...string) (Set, error) {
	var set Set
	for _, path := range paths {
		s, err := Load(path)
		var wrong diag.Diagnostics
		switch {
		case errors.As(err, &wrong):
			set.Wrong = append(set.Wrong, wrong...)
		case err != nil:
			return Set{}, err
		default:
			set.Specs = append(set.Specs, s)
		}
	}
	return set, nil
}

// extensions are those of a spec's file.
var extensions = []string{".yaml", ".yml"}

// stem returns the name of the image that a file describes; false if the file is
// not a spec.
func stem(file string) (string, bool) {
	ext := filepath.Ext(file)
	name := strings.TrimSuffix(file, ext)
	return name, slices.Contains(extensions, ext) && name != "" && name[0] != '.'
}

// choose returns the files for the names, or all files if there are no names.
func choose(folder *os.Root, dir string, names []string) (chosen []string, wrong diag.Diagnostics, err error) {
	missing := names[:0:0]
	for _, name := range names {
		files := called(folder, name)
		if len(files) == 0 {
			missing = append(missing, name)
		}
		chosen = append(chosen, files...)
	}
	slices.Sort(chosen)
	if chosen = slices.Compact(chosen); len(names) > 0 && len(missing) == 0 {
		return chosen, nil, nil
	}
	all, err := filesIn(dir)
	if err != nil || len(names) == 0 {
		return all, nil, err
	}
	var known []string
	for _, file := range all {
		name, _ := stem(file)
		known = append(known, name)
	}
	for _, name := range missing {
		hint := "the folder has no such file"
		if near := diag.Nearest(strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml"), known); near != "" {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		wrong = append(wrong, diag.Diagnostic{File: dir, Text: fmt.Sprintf("no spec is called %q", name), Hint: hint})
	}
	return chosen, wrong, nil
}

// called gives the files of a name. Nothing is listed for that: the folder may have
// ten thousand others.
func called(folder *os.Root, name string) (files []string) {
	for _, ext := range extensions {
		file := name + ext
		if _, ok := stem(file); !ok || filepath.Base(file) != file {
			continue
		}
		if info, err := folder.Lstat(file); err == nil && !info.IsDir() {
			files = append(files, file)
		}
	}
	return files
}

// filesIn gives the files of all specs, sorted.
func filesIn(dir string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if _, ok := stem(e.Name()); ok && !e.IsDir() {
			files = append(files, e.Name())
		}
	}
	return files, err
}

// open opens a spec. It may be a link to anywhere, because configuration managers create
// such links, but not one that somebody else has put there: lines of a spec are shown when
// something is wrong with them, and lxdocker may read more than authors of specs. (The
// files that a spec names in `source` may not be such links at all.)
func open(folder *os.Root, path, file string, flag int) (*os.File, error) {
	info, err := folder.Lstat(file)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 && !durable.IsOurs(info) {
		f, err := folder.OpenFile(file, flag, 0)
		if err != nil {
			err = errors.New("it is a link that another user has put there, and does not lead to a file of this folder")
		}
		return f, err
	}
	return os.OpenFile(path, flag, 0)
}

// read reads one file. If something is wrong with it, the Spec has what could be
// read, so that it can still be compared with others.
func read(folder *os.Root, dir, file string) (Spec, diag.Diagnostics) {
	path := filepath.Join(dir, file)
	name, _ := stem(file)
	var wrong diag.Diagnostics
	if !wordForm.MatchString(name) {
		wrong = append(wrong, diag.Diagnostic{File: path, Text: fmt.Sprintf("%q cannot be the name of an image", name),
			Hint: "the file's name without its extension is the image's name: letters, digits, '.', '_' and '-', starting with a letter or digit"})
	}
	data, err := readAll(maxSpec, func(flag int) (*os.File, error) { return open(folder, path, file, flag) })
	if err != nil {
		d := diag.Diagnostic{File: path, Text: "cannot be read: " + err.Error(), Hint: "a spec is a text file that lxdocker may read"}
		if errors.Is(err, errTooBig) {
			d.Hint = "put big contents into files beside the spec and name them with `source`"
		}
		return Spec{Name: name, File: path}, append(wrong, d)
	}
	s, own := parse(name, path, data, sourcesIn(folder))
	return s, append(wrong, own...)
}
