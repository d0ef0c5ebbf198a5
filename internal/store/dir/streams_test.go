package dir

import (
	"os"
	"testing"

	"lxdocker/internal/image"
)

// TestTheStaticIndexIsRenderedOnceForAllProcesses: it costs as much as the store
// holds, and most runs find nothing new.
func TestTheStaticIndexIsRenderedOnceForAllProcesses(t *testing.T) {
	folder := t.TempDir()
	open := func() *Store {
		t.Helper()
		s, err := Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	rendered := 0
	update := func(s *Store) {
		t.Helper()
		err := s.UpdateStreams(t.Context(), func(all map[image.Product]image.Packed) (index, images []byte, err error) {
			rendered++
			return []byte("index"), []byte("images"), nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	expect := func(n int, when string) {
		t.Helper()
		if rendered != n {
			t.Errorf("%s, it was rendered %d times, want %d", when, rendered, n)
		}
	}
	v := publishSplit(t, open(), "root file system")
	update(open())
	update(open())
	expect(1, "in a second process")
	if err := open().Pin(t.Context(), v.Product(), new(v.Published())); err != nil {
		t.Fatal(err)
	}
	update(open())
	expect(1, "after a pin, of which it says nothing")
	if err := open().Retire(t.Context(), v.Published(), v); err != nil {
		t.Fatal(err)
	}
	update(open())
	expect(2, "after a version left")
	if err := os.Remove(open().path(streamsDir, indexFile)); err != nil {
		t.Fatal(err)
	}
	update(open())
	expect(3, "after somebody removed a file")
	if err := os.WriteFile(open().path(streamsDir, imagesFile), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	update(open())
	expect(4, "after somebody changed a file")
}
