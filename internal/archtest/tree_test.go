package archtest_test

import (
	"errors"
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	root   = "../.."
	module = "lxdocker/"
)

// A source is the imports of one package; those that only its tests have stand
// apart.
type source struct{ imports, tests []string }

// sources reads every package below the root, test/oracle included, which is a
// module of its own. The keys are paths below the root. All files count, whatever
// their build constraints and the machine they are for.
func sources(t *testing.T) map[string]source {
	t.Helper()
	context := build.Default
	context.UseAllFiles = true
	found := map[string]source{}
	for _, top := range []string{"cmd", "examples", "internal", "test"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() || entry.Name() == "testdata" {
				return err
			}
			p, err := context.ImportDir(path, 0)
			if none := (*build.NoGoError)(nil); errors.As(err, &none) && len(p.TestGoFiles)+len(p.XTestGoFiles) == 0 {
				return nil
			}
			if none := (*build.NoGoError)(nil); err != nil && !errors.As(err, &none) {
				return err
			}
			name, err := filepath.Rel(root, path)
			found[name] = sourceOf(p)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}

func sourceOf(p *build.Package) source {
	tests := slices.DeleteFunc(slices.Concat(p.TestImports, p.XTestImports), func(i string) bool { return slices.Contains(p.Imports, i) })
	slices.Sort(tests)
	return source{imports: p.Imports, tests: slices.Compact(tests)}
}

// ours returns those of imports that are packages of this project, as paths
// below the root. The test of a package imports that package: no edge.
func ours(from string, imports []string) []string {
	var paths []string
	for _, i := range imports {
		if path, ok := strings.CutPrefix(i, module); ok && path != from {
			paths = append(paths, path)
		}
	}
	return paths
}
