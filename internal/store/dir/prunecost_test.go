package dir

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"lxdocker/internal/image"
)

// opened lists what below a folder is opened, files and folders, while do runs.
func opened(t *testing.T, folder string, do func()) (names []string) {
	t.Helper()
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = unix.Close(watch) }()
	paths := map[int32]string{}
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return err
		}
		id, err := unix.InotifyAddWatch(watch, path, unix.IN_OPEN|unix.IN_ONLYDIR)
		paths[int32(id)], _ = filepath.Rel(folder, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	drain := func() (found []string) {
		buffer := make([]byte, 1<<20)
		for {
			n, err := unix.Read(watch, buffer)
			if err != nil || n <= 0 {
				return found
			}
			for at := 0; at < n; {
				e := (*unix.InotifyEvent)(unsafe.Pointer(&buffer[at]))
				at += unix.SizeofInotifyEvent
				found = append(found, filepath.Join(paths[e.Wd], string(bytes.TrimRight(buffer[at:at+int(e.Len)], "\x00"))))
				at += int(e.Len)
			}
		}
	}
	drain() // of the walk
	do()
	return drain()
}

// nameAll writes an images.json that names every version of a store.
func nameAll(t *testing.T, s *Store, versions []image.Version) {
	t.Helper()
	var text bytes.Buffer
	for _, v := range versions {
		fmt.Fprintf(&text, "%q\n", v.Path(v.Files[0]))
	}
	if err := os.MkdirAll(s.path(streamsDir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path(streamsDir, imagesFile), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// openedByPruning lists what each step of three versions' end opens, in a store of so many
// products.
func openedByPruning(t *testing.T, products int, named bool) map[string][]string {
	t.Helper()
	folder := t.TempDir()
	fillFolder(t, folder, products)
	s, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	versions, err := s.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ending := versions.List()[:3]
	removed := len(ending)
	if named {
		nameAll(t, s, versions.List())
		removed = 0
	}
	now := time.Now()
	prune := func(at time.Time, want int) func() {
		return func() {
			if removed, err := s.Prune(t.Context(), at, image.Grace); err != nil || len(removed) != want {
				t.Errorf("removed are %v, %v", removed, err)
			}
		}
	}
	prune(now, 0)() // which makes the ledger
	return map[string][]string{
		"nothing is retired": opened(t, folder, prune(now, 0)),
		"retiring": opened(t, folder, func() {
			if err := s.Retire(t.Context(), now, ending...); err != nil {
				t.Error(err)
			}
		}),
		"nothing is due": opened(t, folder, prune(now.Add(time.Hour), 0)),
		"three are due":  opened(t, folder, prune(now.Add(2*image.Grace), removed)),
		"again":          opened(t, folder, prune(now.Add(2*image.Grace), 0)),
	}
}

// How long it takes depends on the machine; what is opened, on nothing but what ends.
func TestPruningOpensWhatEndsAndNotTheStore(t *testing.T) {
	for _, named := range []bool{false, true} {
		small, large := openedByPruning(t, 4, named), openedByPruning(t, 20, named)
		for what, names := range large {
			if len(names) != len(small[what]) {
				t.Errorf("%s: %d are opened, and %d in a smaller store: %.1000q", what, len(names), len(small[what]), strings.Join(names, " "))
			}
			if most := map[string]int{"retiring": 30, "three are due": 60}[what]; len(names) > max(most, 4) {
				t.Errorf("%s: %d are opened: %.1000q", what, len(names), strings.Join(names, " "))
			}
			reads := strings.Count(strings.Join(names, "\n")+"\n", imagesFile+"\n")
			if want := named && (what == "three are due" || what == "again"); reads > 1 || reads == 1 != want {
				t.Errorf("%s: images.json is read %d times", what, reads)
			}
			t.Logf("%s, of %d that images.json names: %d", what, map[bool]int{true: 60}[named], len(names))
		}
	}
}
