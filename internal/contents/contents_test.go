package contents_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lxdocker/internal/contents"
)

// note writes a note of names in their order; files that are databases hold their text.
func note(t testing.TB, entries []contents.Entry, texts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := contents.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := w.Add(e, func() io.Reader { return strings.NewReader(texts[e.Path]) }); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compare(t testing.TB, a, b []byte) contents.Changes {
	t.Helper()
	c, err := contents.Compare(t.Context(), bytes.NewReader(a), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sum(n byte) (s contents.Sum) { s[0] = n; return s }

// tree draws names; all have their folders, and are in the order of a tree.
func tree(t *rapid.T, label string) []contents.Entry {
	paths := map[string]bool{".": true}
	for range rapid.IntRange(0, 12).Draw(t, label) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "a.b", "a b", "\xff", "…", "-"}), 1, 4).Draw(t, "path")
		for i := range parts {
			paths[strings.Join(parts[:i+1], "/")] = true
		}
	}
	var all []contents.Entry
	for path := range paths {
		e := contents.Entry{Path: path, Kind: contents.Dir, Mode: 0o755, UID: uint32(rapid.IntRange(0, 1).Draw(t, "uid")), GID: 1 << 31}
		folder := path == "."
		for other := range paths {
			folder = folder || strings.HasPrefix(other, path+"/")
		}
		if !folder {
			e.Kind = rapid.SampledFrom([]contents.Kind{contents.File, contents.Symlink, contents.FIFO}).Draw(t, "kind")
			e.Size, e.Sum, e.Mode = rapid.Int64Range(0, 3).Draw(t, "size"), sum(byte(rapid.IntRange(0, 1).Draw(t, "sum"))), 0o644
			e.Layer = rapid.IntRange(0, 3).Draw(t, "layer")
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b contents.Entry) int {
		return slices.Compare(strings.Split(order(a.Path), "/"), strings.Split(order(b.Path), "/"))
	})
	return all
}

func order(path string) string {
	if path == "." {
		return ""
	}
	return path
}

func TestTwoImagesDifferInWhatAMapOfTheirNamesSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := tree(rt, "before"), tree(rt, "after")
		all := compare(t, note(t, a, nil), note(t, b, nil))
		got := all.Files
		var want contents.FileChanges
		layers := map[string]*contents.Count{} // by what became of their files, and their numbers
		count := func(what string, e contents.Entry) {
			key := fmt.Sprint(what, e.Layer)
			if layers[key] == nil {
				layers[key] = &contents.Count{}
			}
			layers[key].Files++
			layers[key].Bytes += e.Size
		}
		was, is := map[string]contents.Entry{}, map[string]contents.Entry{}
		for _, e := range a {
			was[e.Path] = e
		}
		for _, e := range b {
			is[e.Path] = e
			old, both := was[e.Path]
			old.Layer = e.Layer // the same file of another layer is the same
			switch {
			case e.Kind == contents.Dir:
			case !both:
				want.Added.Files, want.Added.Bytes = want.Added.Files+1, want.Added.Bytes+e.Size
				count("added", e)
			case old != e:
				want.Changed.Files, want.Changed.Bytes = want.Changed.Files+1, want.Changed.Bytes+e.Size
				count("changed", e)
			}
		}
		for _, e := range a {
			if _, both := is[e.Path]; !both && e.Kind != contents.Dir {
				want.Removed.Files, want.Removed.Bytes = want.Removed.Files+1, want.Removed.Bytes+e.Size
				count("removed", e)
			}
		}
		for what, pair := range map[string][2]contents.Names{"added": {got.Added, want.Added}, "removed": {got.Removed, want.Removed}, "changed": {got.Changed, want.Changed}} {
			if pair[0].Files != pair[1].Files || pair[0].Bytes != pair[1].Bytes {
				rt.Fatalf("%s: %+v, not %+v", what, pair[0], pair[1])
			}
		}
		for _, l := range append(all.Layers.After, all.Layers.Before...) {
			for what, n := range map[string]contents.Count{"added": l.Added, "changed": l.Changed, "removed": l.Removed} {
				key := fmt.Sprint(what, l.Number)
				if n.Files > 0 && (layers[key] == nil || *layers[key] != n) {
					rt.Fatalf("layer %s: %+v, not %+v", key, n, layers[key])
				}
				if n.Files > 0 {
					delete(layers, key)
				}
			}
		}
		if len(layers) > 0 || !all.Layers.Known || all.Layers.More > 0 {
			rt.Fatalf("these layers are missing: %v, of %+v", layers, all.Layers)
		}
		listed := 0
		for _, n := range got.Added.Listed {
			if _, both := was[n.Path]; both {
				rt.Fatalf("%q is in both", n.Path)
			}
			if listed += n.Files; n.Kind != contents.Dir {
				listed++
			}
		}
		if listed != got.Added.Files {
			rt.Fatalf("the list stands for %d files, and there are %d", listed, got.Added.Files)
		}
	})
}

func TestAFolderThatIsNewStandsForWhatIsInIt(t *testing.T) {
	before := []contents.Entry{{Path: ".", Kind: contents.Dir}, {Path: "etc", Kind: contents.Dir}}
	after := append(slices.Clone(before),
		contents.Entry{Path: "opt", Kind: contents.Dir}, contents.Entry{Path: "opt/a", Kind: contents.File, Size: 5, Sum: sum(1)},
		contents.Entry{Path: "opt/b", Kind: contents.Dir}, contents.Entry{Path: "opt/b/c", Kind: contents.File, Size: 7, Sum: sum(2)},
		contents.Entry{Path: "opt/b/d", Kind: contents.File, Size: 7, Sum: sum(2), Again: true},
		contents.Entry{Path: "opt-x", Kind: contents.Symlink, Sum: sum(3)})
	want := contents.Names{
		Files: 4, Bytes: 12,
		Listed: []contents.Name{{Path: "opt", Kind: contents.Dir, Files: 3, Size: 12}, {Path: "opt-x", Kind: contents.Symlink}},
	}
	if diff := cmp.Diff(want, compare(t, note(t, before, nil), note(t, after, nil)).Files.Added); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, compare(t, note(t, after, nil), note(t, before, nil)).Files.Removed); diff != "" {
		t.Error(diff)
	}
}

const (
	status = `Package: libc6
Status: install ok installed
Architecture: amd64
Version: 2.36-9
Description: libraries
 Version: of nothing

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1

Package: tzdata
Status: install ok installed
Architecture: all
Version: 2026a-1
`
	installed = "C:Q1x\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\n\nP:busybox\nV:1.37.0-r1\nA:x86_64\n"
)

func TestPackagesOfAnImage(t *testing.T) {
	none := note(t, nil, nil)
	for name, test := range map[string]struct{ path, text, want string }{
		"dpkg":                             {"var/lib/dpkg/status", status, "dpkg libc6 amd64 2.36-9, dpkg tzdata all 2026a-1"},
		"an image without dpkg":            {"var/lib/dpkg/status.d/base", "Package: base-files\nArchitecture: amd64\nVersion: 12\n", "dpkg base-files amd64 12"},
		"a list of files beside it":        {"var/lib/dpkg/status.d/base.md5sums", "Package: no\n", ""},
		"apk":                              {"lib/apk/db/installed", installed, "apk busybox x86_64 1.37.0-r1, apk musl x86_64 1.2.5-r0"},
		"apk in /usr":                      {"usr/lib/apk/db/installed", installed, "apk busybox x86_64 1.37.0-r1, apk musl x86_64 1.2.5-r0"},
		"another place":                    {"srv/var/lib/dpkg/status", status, ""},
		"a line that is too long":          {"lib/apk/db/installed", "P:a\nD:" + strings.Repeat("x", 9000) + "\nV:1\nA:all\n", "apk a all 1"},
		"a version that is too long":       {"lib/apk/db/installed", "P:a\nV:" + strings.Repeat("9", 900) + "\n", "apk a  " + strings.Repeat("9", 200)},
		"no end of the last line":          {"lib/apk/db/installed", "P:a\nV:1\nA:all", "apk a all 1"},
		"something else under that name":   {"lib/apk/db/installed", strings.Repeat("\x00\xff", 1<<16), ""},
		"a package without all it may say": {"lib/apk/db/installed", "P:a\n\nV:2\n", "apk a  "},
	} {
		t.Run(name, func(t *testing.T) {
			c := compare(t, none, note(t, []contents.Entry{{Path: test.path, Kind: contents.File}}, map[string]string{test.path: test.text})).Packages
			var got []string
			for _, p := range c.Added {
				got = append(got, fmt.Sprintf("%s %s %s %s", p.Manager, p.Name, p.Architecture, p.Version))
			}
			if got := strings.Join(got, ", "); got != test.want || c.Known != (test.want != "") {
				t.Errorf("%q, not %q; known: %v", got, test.want, c.Known)
			}
		})
	}
}

func TestPackagesThatDiffer(t *testing.T) {
	apk := func(text string) []byte {
		return note(t, []contents.Entry{{Path: "lib/apk/db/installed", Kind: contents.File}}, map[string]string{"lib/apk/db/installed": text})
	}
	got := compare(t, apk("P:a\nV:1\n\nP:b\nV:1\n\nP:c\nV:1\n"), apk("P:a\nV:1\n\nP:b\nV:2\n\nP:d\nV:1\n")).Packages
	one := func(name, version, was string) []contents.PackageChange {
		return []contents.PackageChange{{Package: contents.Package{Manager: "apk", Name: name, Version: version}, Was: was}}
	}
	want := contents.PackageChanges{Known: true, Added: one("d", "1", ""), Removed: one("c", "1", ""), Changed: one("b", "2", "1")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// many are names of an image, of which every some one has another content.
func many(n, some int) []contents.Entry {
	random := rand.NewChaCha8([32]byte{1})
	all := make([]contents.Entry, n)
	for i := range all {
		all[i] = contents.Entry{Path: fmt.Sprintf("usr/share/doc/package-%06d", i), Kind: contents.File, Mode: 0o644, Size: int64(i)}
		_, _ = random.Read(all[i].Sum[:])
		if i%some == some-1 {
			all[i].Sum[0]++
		}
	}
	return all
}

func TestAnImageOfTooManyNamesIsComparedAsFarAsItIsNoted(t *testing.T) {
	a, b := many(contents.MaxNames+5, 1<<30), many(contents.MaxNames/2, 1<<30)
	for _, pair := range [][2][]contents.Entry{{a, a}, {a, b}, {b, a}} {
		c := compare(t, note(t, pair[0], nil), note(t, pair[1], nil))
		if !c.Cut || c.Files.Changed.Files != 0 {
			t.Errorf("cut: %v, changed: %d", c.Cut, c.Files.Changed.Files)
		}
		if n := max(c.Files.Added.Files, c.Files.Removed.Files); len(pair[0]) != len(pair[1]) && n != contents.MaxNames/2 {
			t.Errorf("%d differ", n)
		}
	}
}

func TestListsAreBounded(t *testing.T) {
	c := compare(t, note(t, many(1000, 1<<30), nil), note(t, many(1000, 2), nil))
	if n := c.Files.Changed; n.Files != 500 || len(n.Listed) != 100 || n.More != 400 {
		t.Errorf("%d files, %d listed, %d more", n.Files, len(n.Listed), n.More)
	}
}

func TestNobodyWaitsForWhatNobodyWants(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n := note(t, many(5000, 2), nil)
	if _, err := contents.Compare(ctx, bytes.NewReader(n), bytes.NewReader(n)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNamesThatAreNotInOrderAreRefused(t *testing.T) {
	w, err := contents.NewWriter(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(contents.Entry{Path: "b", Kind: contents.File}, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.Add(contents.Entry{Path: "a/b", Kind: contents.File}, nil); err == nil {
		t.Error("they are noted")
	}
}

func TestANoteThatIsCutOffIsDamaged(t *testing.T) {
	n := note(t, many(3000, 2), nil)
	for _, bad := range [][]byte{nil, n[:3], n[:len(n)/2], n[:len(n)-1], append([]byte("x"), n...)} {
		if _, err := contents.Compare(t.Context(), bytes.NewReader(bad), bytes.NewReader(n)); err == nil {
			t.Errorf("%d of %d bytes are taken", len(bad), len(n))
		}
	}
}

func FuzzCompare(f *testing.F) {
	f.Add(note(f, many(3, 2), nil), note(f, many(4, 3), nil))
	f.Add(note(f, []contents.Entry{{Path: "lib/apk/db/installed", Kind: contents.File}}, map[string]string{"lib/apk/db/installed": installed}), []byte("x"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		_, _ = contents.Compare(t.Context(), bytes.NewReader(a), bytes.NewReader(b))
	})
}

func BenchmarkCompare(b *testing.B) {
	before, after := note(b, many(30_000, 1<<30), nil), note(b, many(30_000, 7), nil)
	b.ReportMetric(float64(len(before)), "bytes/note")
	b.ReportAllocs()
	for b.Loop() {
		compare(b, before, after)
	}
}

func BenchmarkNote(b *testing.B) {
	all := many(30_000, 7)
	b.ReportAllocs()
	for b.Loop() {
		note(b, all, nil)
	}
}
