package contents_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/contents"
)

func file(path string, layer int, size int64, n byte) contents.Entry {
	return contents.Entry{Path: path, Kind: contents.File, Layer: layer, Size: size, Sum: sum(n)}
}

func TestFilesThatDifferAreCountedByTheirLayers(t *testing.T) {
	before := []contents.Entry{file("a", 1, 5, 1), file("b", 1, 7, 1), file("c", 2, 9, 1), file("e", 1, 1, 1), file("sbin-init", 0, 3, 1)}
	after := []contents.Entry{
		file("a", 1, 5, 1), file("b", 3, 70, 2), file("d", 3, 100, 1), {Path: "d2", Kind: contents.File, Layer: 3, Size: 100, Sum: sum(1), Again: true},
		file("e", 2, 1, 1), file("sbin-init", 0, 4, 2), file("z", 2, 8, 1),
	}
	want := contents.ByLayer{
		Known: true,
		After: []contents.Layer{
			{Number: 0, Changed: contents.Count{Files: 1, Bytes: 4}, Largest: []contents.Large{{Path: "sbin-init", Size: 4}}},
			{Number: 2, Added: contents.Count{Files: 1, Bytes: 8}, Largest: []contents.Large{{Path: "z", Size: 8}}},
			{Number: 3, Added: contents.Count{Files: 2, Bytes: 100}, Changed: contents.Count{Files: 1, Bytes: 70}, Largest: []contents.Large{{Path: "d", Size: 100}, {Path: "b", Size: 70}}},
		},
		Before: []contents.Layer{{Number: 2, Removed: contents.Count{Files: 1, Bytes: 9}, Largest: []contents.Large{{Path: "c", Size: 9}}}},
	}
	if diff := cmp.Diff(want, compare(t, note(t, before, nil), note(t, after, nil)).Layers); diff != "" {
		t.Error(diff)
	}
}

func TestTheLayersAndTheirLargestFilesAreBounded(t *testing.T) {
	var all []contents.Entry
	for layer := range 50 {
		for i := range layer + 1 {
			path := fmt.Sprintf("%02d/%s/file-%02d", layer, strings.Repeat("ü", 100), i)
			all = append(all, file(path, layer, int64(1+(i*7)%5), 1))
		}
	}
	got := compare(t, note(t, nil, nil), note(t, all, nil)).Layers
	if len(got.After) != 20 || got.More != 30 || got.After[0].Number != 30 || got.After[19].Number != 49 {
		t.Fatalf("%d layers, %d more: %+v", len(got.After), got.More, got.After)
	}
	for _, l := range got.After {
		if len(l.Largest) != 3 || l.Largest[0].Size < l.Largest[1].Size || l.Largest[1].Size < l.Largest[2].Size || l.Largest[0].Size != 5 {
			t.Errorf("the largest files are %+v", l.Largest)
		}
		for _, f := range l.Largest {
			if len(f.Path) > 110 || !utf8.ValidString(f.Path) || !strings.HasPrefix(f.Path, "…") || !strings.Contains(f.Path, "/file-") {
				t.Errorf("a path is %q", f.Path)
			}
		}
	}
}

// TestANoteOfAnOlderLxdockerSaysNothingOfLayers: it is that of one file, as the first format has it.
func TestANoteOfAnOlderLxdockerSaysNothingOfLayers(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	// kind, bytes in common, length and path, mode, user, group, size; end, not cut, no packages
	_, _ = w.Write([]byte("lxdocker contents 1\nf\x00\x01a\x00\x00\x00\x05\x00\x00\x00"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	fresh := note(t, []contents.Entry{file("a", 3, 6, 1), file("b", 3, 1, 1)}, nil)
	for _, pair := range [][2][]byte{{b.Bytes(), fresh}, {fresh, b.Bytes()}} {
		got := compare(t, pair[0], pair[1])
		if got.Files.Changed.Files != 1 || got.Files.Added.Files+got.Files.Removed.Files != 1 {
			t.Errorf("the files differ in %+v", got.Files)
		}
		if got.Layers.Known || len(got.Layers.After)+len(got.Layers.Before) > 0 {
			t.Errorf("their layers are %+v", got.Layers)
		}
	}
}
