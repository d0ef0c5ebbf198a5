package dir

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lxdocker/internal/durable"
	"lxdocker/internal/image"
	"lxdocker/internal/testenv"
)

func openStore(t testing.TB, folder string) *Store {
	t.Helper()
	s, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// listed says what a store lists, with what can happen to a version.
func listed(t testing.TB, s *Store) (all []string) {
	t.Helper()
	now, err := s.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range now.List() {
		word := v.Dir() + " " + v.Fingerprint[:8]
		if v.Retired != nil {
			word += " retired " + v.Retired.UTC().String()
		}
		if v.Pinned != nil {
			word += " pinned " + v.Pinned.UTC().String()
		}
		all = append(all, word)
	}
	return all
}

// copyOf copies a folder with another ledger, or with none.
func copyOf(t *testing.T, folder string, ledger []byte) string {
	t.Helper()
	to := t.TempDir()
	// With its times, or the copy would show signs of a change.
	if out, err := exec.Command("cp", "-a", folder+"/.", to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	err := os.Remove(filepath.Join(to, ledgerFile))
	if ledger != nil {
		err = os.WriteFile(filepath.Join(to, ledgerFile), ledger, 0o644)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return to
}

func ledgerOf(t *testing.T, folder string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, ledgerFile))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// changesOf are changes of a store with two products, of which one has two versions.
func changesOf(one, two image.Version) map[string]func(*testing.T, *Store) error {
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	return map[string]func(*testing.T, *Store) error{
		"publish": func(t *testing.T, s *Store) error { publishSplit(t, s, "three"); return nil },
		"retire":  func(t *testing.T, s *Store) error { return s.Retire(t.Context(), now, one, two) },
		"pin":     func(t *testing.T, s *Store) error { return s.Pin(t.Context(), one.Product(), new(now)) },
		"prune": func(t *testing.T, s *Store) error {
			_, err := s.Prune(t.Context(), now.Add(time.Hour), 0)
			return err
		},
		"update streams": func(t *testing.T, s *Store) error {
			return s.UpdateStreams(t.Context(), func(map[image.Product]image.Packed) ([]byte, []byte, error) { return []byte("{}"), []byte("{}"), nil })
		},
	}
}

// TestALedgerThatWasCutOff is the moment in which the machine dies, for each moment
// of each change. What has been synced is there then: the change only after Begin,
// and of Done any part.
func TestALedgerThatWasCutOff(t *testing.T) {
	base := t.TempDir()
	s := openStore(t, base)
	one := publishSplit(t, s, "one")
	if err := s.Retire(t.Context(), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), one); err != nil {
		t.Fatal(err)
	}
	two := publishSplit(t, s, "two")
	for name, change := range changesOf(one, two) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old := ledgerOf(t, base)
			begin := len(old)
			before, after := copyOf(t, base, old), copyOf(t, base, old)
			if err := change(t, openStore(t, after)); err != nil {
				t.Fatal(err)
			}
			whole := ledgerOf(t, after)
			for end := begin; end < len(whole); end++ {
				if whole[end] == '\n' {
					end++
					checkCut(t, before, old, nil) // nothing has happened yet
					for cut := end; cut <= len(whole); cut = next(cut, end, len(whole)) {
						checkCut(t, after, whole[:cut], nil)
						checkCut(t, after, whole[:cut], make([]byte, len(whole)-cut))
					}
					break
				}
				if end%16 == 0 {
					checkCut(t, before, append(slices.Clone(old), whole[begin:end]...), nil)
				}
			}
		})
	}
}

// next goes through the places to cut at: some, and all near the ends of lines.
func next(cut, begin, end int) int {
	if cut-begin < 4 || end-cut < 5 {
		return cut + 1
	}
	return min(cut+97, end-4)
}

// settle makes the ledger say what is in the folders, by a change of nothing.
func settle(t *testing.T, folder string) {
	t.Helper()
	s := openStore(t, folder)
	if err := s.change(t.Context(), nil, func(*record) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// checkCut opens a folder with a ledger that ends early, and perhaps with what is
// left of blocks that were never written. What a reader and what a writer list has to
// be what is there.
func checkCut(t *testing.T, folder string, ledger, tail []byte) {
	t.Helper()
	to := copyOf(t, folder, append(slices.Clone(ledger), tail...))
	if copied := openStore(t, to); copied.signs().Images != openStore(t, folder).signs().Images {
		t.Fatal("the copy shows that it is one")
	}
	want := listed(t, openStore(t, copyOf(t, folder, nil)))
	if got := listed(t, openStore(t, to)); !slices.Equal(got, want) {
		t.Errorf("of %d bytes a reader lists\n%q, not\n%q", len(ledger), got, want)
	}
	settle(t, to)
	if got := listed(t, openStore(t, to)); !slices.Equal(got, want) {
		t.Errorf("of %d bytes a reader lists after a writer\n%q, not\n%q", len(ledger), got, want)
	}
	if _, _, err := readLedger(filepath.Join(to, ledgerFile), position{}); err != nil {
		t.Errorf("a writer left a ledger of which reading says: %v", err)
	}
}

func TestALedgerThatIsNoneIsMadeAnew(t *testing.T) {
	base := t.TempDir()
	s := openStore(t, base)
	publishSplit(t, s, "one")
	publishSplit(t, s, "two")
	good := ledgerOf(t, base)
	want := listed(t, s)
	bad, err := (&record{Done: true, Gone: []image.ID{{Product: image.Product{Name: "../..", Architecture: "amd64"}, Serial: "20261123_101500"}}}).marshal()
	if err != nil {
		t.Fatal(err)
	}
	newer, err := (&record{Format: ledgerFormat + 1}).marshal()
	if err != nil {
		t.Fatal(err)
	}
	flipped := slices.Clone(good)
	flipped[len(flipped)/2] ^= 1
	for name, ledger := range map[string][]byte{
		"missing": nil, "empty": {}, "one line of nonsense": []byte("nonsense\n"), "no header": good[bytes.IndexByte(good, '\n')+1:],
		"twice": append(slices.Clone(good), good...), "a bit flipped": flipped, "a name that is a path": append(slices.Clone(good), bad...), "of a later format": newer,
	} {
		t.Run(name, func(t *testing.T) {
			folder := copyOf(t, base, ledger)
			s := openStore(t, folder)
			for range 2 {
				if got := listed(t, s); !slices.Equal(got, want) {
					t.Errorf("listed %q", got)
				}
			}
			publishSplit(t, s, "three")
			if _, _, err := readLedger(filepath.Join(folder, ledgerFile), position{}); err != nil {
				t.Error(err)
			}
			if got := listed(t, openStore(t, folder)); len(got) != len(want)+1 || !slices.Equal(got[:len(want)], want) {
				t.Errorf("listed after that: %q", got)
			}
		})
	}
}

func TestALongLedgerIsMadeShort(t *testing.T) {
	folder := t.TempDir()
	s, reader := openStore(t, folder), openStore(t, folder)
	v := publishSplit(t, s, "one")
	for range 1000 {
		s.mu.Lock()
		s.write(record{})
		s.mu.Unlock()
	}
	before, err := reader.Versions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	long := len(ledgerOf(t, folder))
	if _, err := s.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Fatal(err)
	}
	if short := len(ledgerOf(t, folder)); short > long/10 {
		t.Errorf("of %d bytes %d are left", long, short)
	}
	if after, err := reader.Versions(t.Context()); err != nil || after != before {
		t.Errorf("that looks like a change, %v", err)
	}
	if err := s.Retire(t.Context(), time.Now(), v); err != nil {
		t.Fatal(err)
	}
	if got := listed(t, reader); len(got) != 1 || got[0] == before.List()[0].Dir() {
		t.Errorf("listed: %q", got)
	}
}

func TestAReaderWhoMayNotWriteSeesWhatIsThere(t *testing.T) {
	folder := t.TempDir()
	testenv.SmallDisk(t, folder, "size=1m")
	s := openStore(t, folder)
	one, two := publishSplit(t, s, "one"), publishSplit(t, s, "two")
	if err := os.Remove(s.path(one.Path(one.Files[0]))); err != nil {
		t.Fatal(err)
	}
	for _, ledger := range []bool{true, false} {
		if err := unix.Mount("", folder, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
			t.Fatal(err)
		}
		reader := openStore(t, folder)
		if got := listed(t, reader); ledger && len(got) != 2 { // nobody has touched it
			t.Errorf("listed: %q", got)
		}
		if f, err := reader.OpenFile(t.Context(), one.Path(one.Files[1])); err == nil {
			t.Errorf("opened %v", f)
		}
		for range 2 {
			if got := listed(t, reader); len(got) != 1 || !strings.HasPrefix(got[0], two.Dir()) {
				t.Errorf("listed: %q", got)
			}
		}
		if err := unix.Mount("", folder, "", unix.MS_REMOUNT, ""); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(s.path(ledgerFile)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheFirstRunOfADayLooksThroughTheStore(t *testing.T) {
	folder, now := t.TempDir(), time.Now()
	s, err := Open(folder, WithClock(func() time.Time { return now }))
	if err != nil {
		t.Fatal(err)
	}
	v := publishSplit(t, s, "one")
	if err := os.Remove(s.path(v.Path(v.Files[0]))); err != nil {
		t.Fatal(err)
	}
	for day, want := range []int{1, 0} {
		now = now.Add(time.Duration(day) * daily)
		unlock, err := s.TryLock(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		unlock()
		if got := listed(t, s); len(got) != want {
			t.Errorf("on day %d, listed are %q", day, got)
		}
	}
	looked := s.state.looked
	if got := listed(t, openStore(t, folder)); len(got) != 0 || !looked.Equal(now.UTC().Truncate(time.Second)) {
		t.Errorf("listed are %q, and it was looked through at %s", got, looked)
	}
}

// TestPackedVersionsOfNobody: what a ledger with the right checksums says does not
// become a path because of that.
func TestPackedVersionsOfNobody(t *testing.T) {
	v := image.Version{Name: "../../etc", Architecture: "amd64", Serial: "20261123_101500"}
	for name, text := range map[string]string{
		"a name that leads out of the folder": string(image.Pack([]image.Version{v})),
		"no product":                          "5:nginx",
		"nothing":                             "",
	} {
		if r, err := unmarshal(fmt.Sprintf("%08x %s", checksum([]byte(text)), text), new([]byte)); !errors.Is(err, errBadRecord) {
			t.Errorf("%s is read as %v, %v", name, r, err)
		}
	}
}

// FuzzLedger reads anything as the records of a ledger: it may be refused, and
// otherwise says the same when it is written again.
func FuzzLedger(f *testing.F) {
	at := time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)
	p := image.Product{Name: "nginx", Architecture: "amd64"}
	id := image.ID{Product: p, Serial: "20261123_101500"}
	sum := "74044a91f3dac816fc8f2efd1ebc110fc8a386e0395b643f2bc956f27afbbe4a"
	v := image.Version{Name: "nginx", Architecture: "amd64", Serial: id.Serial, Fingerprint: sum, Files: []image.File{{Kind: image.Unified, Name: "x.tar", SHA256: sum}}}
	put := record{Done: true, Put: []image.Version{v}}
	for _, r := range []record{
		{Begin: true, Of: []image.Product{p}}, {Done: true, Retired: map[string]time.Time{id.Dir(): at}},
		{Done: true, Gone: []image.ID{id}}, {Done: true, Faults: []fault{{id, "damaged"}}, Signs: &signs{}}, {Done: true, Pins: []pinned{{p, &at}}},
	} {
		first, e := json.Marshal(put)
		second, err := json.Marshal(r)
		if err != nil || e != nil {
			f.Fatal(err, e)
		}
		f.Add(append(append(first, '\n'), second...))
		packed := []byte(image.Pack([]image.Version{v}))
		f.Add(append(append(packed, '\n'), second...))
		f.Add(append(packed[:len(packed)-3], '\n'))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		header, err := (&record{Format: ledgerFormat}).marshal()
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.SplitSeq(data, []byte("\n")) {
			header = fmt.Appendf(header, "%08x %s\n", checksum(line), line)
		}
		records, err := parseLedger(string(header), true)
		if err != nil {
			return
		}
		s := openStore(t, "not there")
		s.reload(records)
		again, _, err := s.state.marshal()
		if err != nil {
			t.Fatal(err)
		}
		if records, err = parseLedger(string(again), true); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, again)
		}
		before := s.state.snapshot
		if s.reload(records); s.state.snapshot != before {
			t.Errorf("after writing it says something else:\n%s", again)
		}
	})
}

// TestADiskThatFailsChangesNothing: what was begun is looked at by the next one.
func TestADiskThatFailsChangesNothing(t *testing.T) {
	s := openStore(t, t.TempDir())
	v := publishSplit(t, s, "one")
	s.sync = func(string) error { return errors.New("the disk is broken") }
	if err := s.Retire(t.Context(), time.Now(), v); err == nil {
		t.Error("it was retired")
	}
	s.sync = durable.Sync
	if all := listed(t, s); len(all) != 1 || strings.Contains(all[0], "retired") {
		t.Errorf("there is %v", all)
	}
	if err := s.Retire(t.Context(), time.Now(), v); err != nil {
		t.Error(err)
	}
	if all := listed(t, s); len(all) != 1 || !strings.Contains(all[0], "retired") {
		t.Errorf("then there is %v", all)
	}
}

// TestOneDiedAndAnOlderOneWorkedOn: a ledger that ends with what somebody had begun
// says of which products; what an older lxdocker has done since may be to others.
func TestOneDiedAndAnOlderOneWorkedOn(t *testing.T) {
	for _, who := range []string{"reader", "writer"} {
		t.Run(who, func(t *testing.T) {
			folder := t.TempDir()
			s := openStore(t, folder)
			two := publishSplit(t, s, "two")
			s.mu.Lock()
			err := s.append(&record{Begin: true, Of: []image.Product{{Name: "one", Architecture: "amd64"}}})
			s.mu.Unlock()
			err = errors.Join(err, os.WriteFile(filepath.Join(folder, two.Dir(), retiredFile), []byte(`{"at":"2026-11-23T10:15:00Z"}`), 0o644),
				os.MkdirAll(filepath.Join(folder, streamsDir), 0o755), os.WriteFile(filepath.Join(folder, streamsDir, imagesFile), nil, 0o644))
			if err != nil {
				t.Fatal(err)
			}
			want := listed(t, openStore(t, copyOf(t, folder, nil)))
			if who == "writer" {
				settle(t, folder)
			}
			if got := listed(t, openStore(t, folder)); !slices.Equal(got, want) {
				t.Errorf("listed %q, not %q", got, want)
			}
		})
	}
}
