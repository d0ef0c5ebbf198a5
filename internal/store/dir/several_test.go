package dir_test

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/store"
	"lxdocker/internal/store/storetest"
)

// TestSeveralProcessesWriteAtOnce has two processes publish, retire and prune
// as fast as they can while a third is killed again and again. Nothing that one
// of them published may be lost, nobody's draft may be swept (he would fail),
// and the static index must never go back.
func TestSeveralProcessesWriteAtOnce(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for range 2 { // else the one that begins too late finds nothing to list
		if err := work(open(t, folder)); err != nil {
			t.Fatal(err)
		}
	}
	steady := []*process{start(t, "publish", folder), start(t, "publish", folder)}
	newest := map[string]string{}
	note := func(lines []string) int {
		for _, line := range lines {
			if name, serial, whole := strings.Cut(line, " "); whole {
				newest[name] = max(newest[name], serial)
			}
		}
		return len(lines)
	}
	listed, published := map[string]string{}, 0
	for published < 50 {
		p := start(t, "publish", folder)
		for end := time.Now().Add(time.Duration(rand.IntN(200)) * time.Millisecond); time.Now().Before(end); {
			for name, serial := range newestListed(t, folder) {
				if serial < listed[name] {
					t.Fatalf("the index went back from %s %s to %s", name, listed[name], serial)
				}
				listed[name] = serial
			}
		}
		published += note(p.kill())
	}
	for _, p := range steady {
		published += note(p.hear(50)) // however slowly it gets anywhere
	}
	for _, p := range steady {
		published += note(p.end(t))
	}
	if published < 150 || len(newest) != 3 {
		t.Fatalf("too little happened to say anything: %d published, %v", published, newest)
	}
	checkAfterCrash(t, folder, newest)
	current := map[string]string{}
	for _, v := range storetest.Versions(t, open(t, folder)) {
		if v.Retired == nil {
			current[v.Name] = max(current[v.Name], v.Serial)
		}
	}
	for name, serial := range newestListed(t, folder) {
		if serial != current[name] {
			t.Errorf("the index ends with %s %s, the store with %s", name, serial, current[name])
		}
	}
}

// newestListed gives the greatest serial of each product in images.json, which
// is what clients take.
func newestListed(t *testing.T, folder string) map[string]string {
	t.Helper()
	var images struct {
		Products map[string]struct{ Versions map[string]any }
	}
	data, err := os.ReadFile(filepath.Join(folder, "streams/v1/images.json"))
	if err != nil || json.Unmarshal(data, &images) != nil {
		t.Fatalf("images.json is %q, %v", data, err)
	}
	newest := map[string]string{}
	for id, p := range images.Products {
		name, _, _ := strings.Cut(id, ":")
		for serial := range p.Versions {
			newest[name] = max(newest[name], serial)
		}
	}
	return newest
}

func TestPruneLeavesTheDraftOfALivingProcessAlone(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	p := start(t, "hold a draft", folder)
	for range 3 {
		if _, err := s.Prune(t.Context(), time.Now(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if said := p.end(t); len(said) != 1 || !strings.HasPrefix(said[0], "image0 2") {
		t.Errorf("it said %q", said)
	}
	if got := storetest.Versions(t, s); len(got) != 1 || store.Verify(t.Context(), s, got[0]) != nil {
		t.Errorf("listed: %+v", got)
	}
}

func TestPruneRemovesTheDraftOfADeadProcess(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	start(t, "hold a draft", folder).kill()
	if left, err := os.ReadDir(filepath.Join(folder, ".tmp")); err != nil || len(left) != 1 {
		t.Fatalf("it left %v, %v", left, err)
	}
	if _, err := s.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(filepath.Join(folder, ".tmp")); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// A run may take hours. Publishing a single image does not wait for it.
func TestALockOfARunKeepsNobodyFromPublishing(t *testing.T) {
	folder := t.TempDir()
	start(t, "hold the lock", folder)
	if err := work(open(t, folder)); err != nil {
		t.Error(err)
	}
}
