package rootfs

import (
	"path"
	"strings"
	"testing"
)

// TestNamesAreCleanedAsPackagePathDoes compares all names of up to seven bytes.
func TestNamesAreCleanedAsPackagePathDoes(t *testing.T) {
	var p entryPath
	var try func(name string)
	try = func(name string) {
		want := path.Clean(strings.TrimLeft(name, "/"))
		leaves := want == ".." || strings.HasPrefix(want, "../")
		if want == "." {
			want = ""
		}
		if err := p.clean(name); (err != nil) != leaves || err == nil && string(p.path) != want {
			t.Fatalf("%q became %q: %v; want %q", name, p.path, err, want)
		}
		var parts []string
		for _, part := range p.parts {
			parts = append(parts, string(part))
		}
		if got := strings.Join(parts, "/"); !leaves && got != want {
			t.Fatalf("%q has the components %q", name, parts)
		}
		if len(name) == 7 {
			return
		}
		for _, c := range "ab./" {
			try(name + string(c))
		}
	}
	try("")
}
