package dir_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// TestKilledAtAnyMoment kills a process that publishes, retires and prunes as
// fast as it can, at random moments and at those where something happens. Each
// time the store has to hold complete versions only, and of each product at
// least what the process had said to be published.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	newest := map[string]string{}
	moments := []func(){
		func() { time.Sleep(time.Duration(rand.IntN(150_000)) * time.Microsecond) },
		func() { awaitNew(t, filepath.Join(folder, "images/*/*/*")) },
		func() { awaitNew(t, filepath.Join(folder, "images/*/*/*/retired.json")) },
		func() { awaitNew(t, filepath.Join(folder, ".tmp/draft-*/version/version.json")) },
		func() { awaitNew(t, filepath.Join(folder, ".tmp/pruned-*/images*")) },
	}
	for i := range 8 * len(moments) {
		p := start(t, "publish", folder)
		moments[i%len(moments)]()
		for _, line := range p.kill() {
			name, serial, whole := strings.Cut(line, " ")
			if whole {
				newest[name] = serial
			}
		}
		checkAfterCrash(t, folder, newest)
	}
	if len(newest) < 3 {
		t.Fatalf("too little was published to say anything: %v", newest)
	}
	s := open(t, folder)
	if err := work(s); err != nil {
		t.Errorf("the run after the last crash: %v", err)
	}
	if left, err := os.ReadDir(filepath.Join(folder, ".tmp")); err != nil || len(left) != 0 {
		t.Errorf("the run after the last crash left %v, %v", left, err)
	}
}

// awaitNew returns as soon as something matches that did not before.
func awaitNew(t *testing.T, pattern string) {
	t.Helper()
	look := func() []string {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	old := look()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if slices.ContainsFunc(look(), func(path string) bool { return !slices.Contains(old, path) }) {
			return
		}
	}
	t.Fatalf("in 30 s nothing new came to match %s", pattern)
}

func checkAfterCrash(t *testing.T, folder string, newest map[string]string) {
	t.Helper()
	var log bytes.Buffer
	s := open(t, folder, dir.WithLog(slog.New(slog.NewTextHandler(&log, nil))))
	current := map[string]string{}
	for _, v := range storetest.Versions(t, s) {
		if err := store.Verify(t.Context(), s, v); err != nil {
			t.Error(err)
		}
		if v.Retired == nil {
			current[v.Name] = max(current[v.Name], v.Serial)
		}
	}
	if log.Len() > 0 {
		t.Errorf("there are damaged versions:\n%s", &log)
	}
	for name, serial := range newest {
		if current[name] < serial {
			t.Errorf("%s %s was published, now there is %q", name, serial, current[name])
		}
	}
	checkStreams(t, folder)
	checkLedger(t, folder)
}

// checkLedger looks through the folders: they hold what a store says that begins with
// the ledger.
func checkLedger(t testing.TB, folder string) {
	t.Helper()
	s := open(t, folder)
	before := snapshot(t, s)
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := snapshot(t, s); after != before {
		t.Errorf("by the ledger there are\n%q, and really\n%q", paths(before.List()), paths(after.List()))
	}
}

// checkStreams checks that what a static web server would offer is there.
func checkStreams(t *testing.T, folder string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "streams/v1/images.json"))
	if os.IsNotExist(err) {
		return
	}
	var images struct {
		Products map[string]struct {
			Versions map[string]struct {
				Items map[string]struct {
					Path string
					Size int64
				}
			}
		}
	}
	if err != nil || json.Unmarshal(data, &images) != nil {
		t.Fatalf("images.json is %q, %v", data, err)
	}
	for _, p := range images.Products {
		for _, v := range p.Versions {
			for _, item := range v.Items {
				if info, err := os.Stat(filepath.Join(folder, item.Path)); err != nil || info.Size() != item.Size {
					t.Errorf("images.json names %s with %d bytes: %v", item.Path, item.Size, err)
				}
			}
		}
	}
}

// TestAReaderNeverMissesAProduct lists the store all the time while another
// process replaces versions: a product that is there once is there always.
func TestAReaderNeverMissesAProduct(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := open(t, folder)
	for _, name := range []string{"image0", "image1", "image2"} {
		split(t, s, name)
	}
	p := start(t, "publish", folder)
	replaced := map[string]bool{}
	begin := time.Now()
	for enough := false; !enough; enough = time.Since(begin) > 2*time.Second && len(replaced) >= 15 || time.Since(begin) > time.Minute {
		current := map[string]bool{}
		for _, v := range storetest.Versions(t, s) {
			if v.Retired == nil {
				current[v.Name] = true
				replaced[v.Serial] = true
			}
		}
		if len(current) != 3 {
			t.Fatalf("there are only %v", current)
		}
	}
	if published := len(p.kill()); published < 10 || len(replaced) < 5 {
		t.Fatalf("too little happened to say anything: %d published, %d seen", published, len(replaced))
	}
}
