package spec

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/spec/diag"
)

// folderOf writes files, and makes links of those that start with "-> ".
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		write(t, path, text)
	}
	return dir
}

func names(specs []Spec) (all []string) {
	for _, s := range specs {
		all = append(all, s.Name)
	}
	return all
}

// LoadDir reads a folder of which all is right, or says what is wrong.
func loadDir(dir string, names ...string) ([]Spec, error) {
	set, err := ReadDir(dir, names...)
	if err != nil {
		return nil, err
	}
	if err := set.Wrong.Err(); err != nil {
		return nil, err
	}
	return set.Specs, nil
}

func TestLoadDir(t *testing.T) {
	dir := folderOf(t, map[string]string{
		"nginx.yaml": "image: nginx", "b-1.yml": "image: b", "a.b.yaml": "image: a",
		".hidden.yaml": "image: [", ".#nginx.yaml": "-> nobody@nowhere", "notes.txt": "image: [", "yaml": "image: [", "x.yaml.orig": "image: [",
		"set.yaml/inside.yaml": "image: [",
	})
	specs, err := loadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(specs); !slices.Equal(got, []string{"a.b", "b-1", "nginx"}) {
		t.Errorf("loaded %q", got)
	}
	if specs[2].File != filepath.Join(dir, "nginx.yaml") {
		t.Errorf("the file is %s", specs[2].File)
	}
}

func TestLoadDirOfNames(t *testing.T) {
	dir := folderOf(t, map[string]string{"nginx.yaml": "image: nginx", "redis.yml": "image: redis", "broken.yaml": "image: ["})
	specs, err := loadDir(dir, "redis", "nginx", "redis")
	if err != nil || !slices.Equal(names(specs), []string{"nginx", "redis"}) {
		t.Errorf("loaded %q, %v", names(specs), err)
	}
	_, err = loadDir(dir, "ngnix", "redis", "redis.yml", "frobnicate")
	if want := `specs: no spec is called "frobnicate"
  the folder has no such file
specs: no spec is called "ngnix"
  did you mean "nginx"?
specs: no spec is called "redis.yml"
  did you mean "redis"?`; err == nil || strings.ReplaceAll(err.Error(), dir, "specs") != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestOneWrongSpecIsEnoughForNone(t *testing.T) {
	dir := folderOf(t, map[string]string{"nginx.yaml": "image: nginx", "redis.yml": "image: redis", "broken.yaml": "image: ["})
	if specs, err := loadDir(dir); specs != nil || !errors.As(err, new(diag.Diagnostics)) {
		t.Errorf("loaded %q, %v", names(specs), err)
	}
	set, err := ReadDir(dir)
	if err != nil || !slices.Equal(names(set.Specs), []string{"nginx", "redis"}) || len(set.Wrong) != 1 || set.Wrong[0].File != filepath.Join(dir, "broken.yaml") {
		t.Errorf("read %q with %v, %v", names(set.Specs), set.Wrong, err)
	}
}

func TestLoadDirWithoutSpecs(t *testing.T) {
	if specs, err := loadDir(t.TempDir()); len(specs) != 0 || err != nil {
		t.Errorf("an empty folder: %v, %v", specs, err)
	}
	if _, err := loadDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), "none") != 1 {
		t.Errorf("no folder: %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := folderOf(t, map[string]string{"nginx.yaml": "image: nginx\nfiles: {/m: {source: motd}}", "motd": "hello", "nginx.txt": "image: nginx"})
	s, err := Load(filepath.Join(dir, "nginx.yaml"))
	if err != nil || s.Name != "nginx" || string(*s.Files[0].Content) != "hello" {
		t.Errorf("%+v, %v", s, err)
	}
	t.Chdir(dir)
	if s, err := Load("nginx.yaml"); err != nil || s.File != "nginx.yaml" {
		t.Errorf("%+v, %v", s, err)
	}
	for name, want := range map[string]string{
		"nginx.txt":     "nginx.txt: not a spec\n",
		"none.yaml":     "none.yaml: cannot be read: no such file or directory\n",
		"none/x.yaml":   "reading none/x.yaml: ",
		".yaml":         ".yaml: not a spec\n",
		"motd/foo.yaml": "reading motd/foo.yaml: ",
	} {
		if _, err := Load(name); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLoadedFiles: what a spec file can be, beside a plain one.
func TestLoadedFiles(t *testing.T) {
	elsewhere := folderOf(t, map[string]string{"nginx.yaml": "image: nginx"})
	dir := folderOf(t, map[string]string{
		"link.yaml":     "-> " + filepath.Join(elsewhere, "nginx.yaml"), // configuration managers do this
		"dangling.yaml": "-> nowhere",
		"big.yaml":      "image: nginx\n#" + strings.Repeat("x", maxSpec),
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yaml"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := loadDir(dir, "link"); err != nil {
		t.Errorf("a link to a spec: %v", err)
	}
	for name, want := range map[string]string{
		"dangling": "cannot be read: no such file or directory",
		"big":      "cannot be read: too big: more than 1 MiB",
		"pipe":     "cannot be read: not a regular file",
	} {
		if _, err := loadDir(dir, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSourcesStayInTheFolder tries to get at a file outside.
func TestSourcesStayInTheFolder(t *testing.T) {
	outside := folderOf(t, map[string]string{"secret": "hunter2"})
	dir := folderOf(t, map[string]string{
		"plain": "hello", "sub/plain": "hello",
		"inside": "-> sub/plain", "up/and/down": "-> ../../plain", "folder": "-> sub",
		"..data/conf": "hello", "conf": "-> ..data/conf", // Kubernetes mounts files like this
		"absolute": "-> " + filepath.Join(outside, "secret"), "relative": "-> ../" + filepath.Base(outside) + "/secret",
		"way": "-> " + outside, "loop": "-> loop", "self": "-> " + "plain/../../x",
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	for source, good := range map[string]bool{
		"plain": true, "./plain": true, "sub/plain": true, "sub/../plain": true, "inside": true, "up/and/down": true, "folder/plain": true, "conf": true,
		"absolute": false, "relative": false, "way/secret": false, "../" + filepath.Base(outside) + "/secret": false,
		filepath.Join(outside, "secret"): false, filepath.Join(dir, "plain"): false,
		"loop": false, "self": false, "pipe": false, "sub": false, "none": false, "plain/x": false,
	} {
		t.Run(source, func(t *testing.T) {
			path := filepath.Join(dir, "nginx.yaml")
			write(t, path, "image: nginx\nfiles:\n  /f: {source: "+source+"}\n")
			s, err := Load(path)
			if good && (err != nil || string(*s.Files[0].Content) != "hello") {
				t.Errorf("%+v, %v", s, err)
			}
			if !good && (err == nil || !strings.Contains(err.Error(), "cannot be read: ") || strings.Contains(err.Error(), "hunter2")) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestSourcesAreBounded(t *testing.T) {
	full := strings.Repeat("x", maxSource)
	dir := folderOf(t, map[string]string{"full": full, "more": full + "x"})
	write(t, filepath.Join(dir, "full.yaml"), "image: a\nfiles: {/f: {source: full}}")
	write(t, filepath.Join(dir, "more.yaml"), "image: a\nfiles: {/f: {source: more}}")
	write(t, filepath.Join(dir, "many.yaml"), "image: a\nfiles: {/1: {source: full}, /2: {source: full}, /3: {source: full}, /4: {source: full}, /5: {source: full}}")
	if s, err := loadDir(dir, "full"); err != nil || len(*s[0].Files[0].Content) != maxSource {
		t.Errorf("16 MiB: %v", err)
	}
	if _, err := loadDir(dir, "more"); err == nil || !strings.Contains(err.Error(), `"more" cannot be read: too big: more than 16 MiB`) {
		t.Errorf("more than 16 MiB: %v", err)
	}
	if _, err := loadDir(dir, "many"); err == nil || !strings.Contains(err.Error(), "many.yaml:2:102: the files of the spec are bigger than 64 MiB together") {
		t.Errorf("more than 64 MiB together: %v", err)
	}
}

// TestSpecsConflictOnOneArchitectureOnly: a client asks for its own, and gets the
// image that has it.
func TestSpecsConflictOnOneArchitectureOnly(t *testing.T) {
	parsed := func(name, text string) Spec {
		s, wrong := parse(name, name+".yaml", []byte("image: a\n"+text), noFile)
		if len(wrong) > 0 && !strings.Contains(text, "sparc") {
			t.Fatal(wrong)
		}
		return s
	}
	for name, c := range map[string]struct {
		one, other string
		conflict   bool
	}{
		"both for the machine":                       {"aliases: [web]", "aliases: [web]", true},
		"one for the machine, one by name":           {"aliases: [web]", "aliases: [web]\narchitecture: [s390x, arm64]", true},
		"one for the machine, one for amd64":         {"aliases: [web]", "aliases: [web]\narchitecture: amd64", false},
		"for two architectures":                      {"aliases: [web]\narchitecture: arm/v7", "aliases: [web]\narchitecture: arm/v6", false},
		"the other's name":                           {"aliases: [other]", "", true},
		"the other's name, for another architecture": {"aliases: [other]\narchitecture: amd64", "architecture: [arm64]", false},
		"an architecture that is a mistake":          {"aliases: [web]\narchitecture: sparc", "aliases: [web]", false},
		"different aliases":                          {"aliases: [a]", "aliases: [b]", false},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := conflicts([]Spec{parsed("one", c.one), parsed("other", c.other)}, "arm64")
			if (len(wrong) > 0) != c.conflict {
				t.Errorf("%v", wrong)
			}
		})
	}
}
