package build_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
	"lxdocker/internal/testenv"
)

// noise is text that nothing compresses.
func noise(seed uint64, length int) string {
	b := make([]byte, length)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = r.Read(b)
	return string(b)
}

func (s *site) file(v image.Version, kind string) string {
	s.t.Helper()
	f, ok := v.File(kind)
	if !ok {
		s.t.Fatalf("%s has no %s", v.Serial, kind)
	}
	return filepath.Join(s.images(), v.Path(f))
}

func TestAVersionHasADeltaFromTheOneBefore(t *testing.T) {
	testenv.NeedsProgram(t, "xdelta3", "xdelta3")
	address, push := serve(t)
	s := newSite(t, morning)
	s.keep.Keep = 3
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	common := noise(1, 8<<20)
	push(common + noise(2, 1<<20))
	old := s.run(specs)[0].Version
	if _, has := old.File(image.Delta); has {
		t.Error("the first version has a delta")
	}
	s.now = s.now.Add(time.Hour)
	push(common + noise(3, 1<<20))
	fresh := s.run(specs)[0].Version
	delta, _ := fresh.File(image.Delta)
	if delta.Base != old.Serial || delta.Size > 3<<19 {
		t.Errorf("the delta is %+v", delta)
	}
	made := filepath.Join(t.TempDir(), "made")
	if out, err := exec.Command("xdelta3", "-f", "-d", "-s", s.file(old, image.Squashfs), s.file(fresh, image.Delta), made).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(made)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(s.file(fresh, image.Squashfs))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("the delta makes something else (%v)", err)
	}
	index, err := os.ReadFile(filepath.Join(s.images(), "streams/v1/images.json"))
	if err != nil || !strings.Contains(string(index), `"delta_base": "`+old.Serial+`"`) {
		t.Errorf("the index does not list it (%v)", err)
	}
	if err := store.Verify(t.Context(), s.store, fresh); err != nil {
		t.Error(err)
	}
}

func TestADeltaThatSavesLittleIsLeftOut(t *testing.T) {
	address, push := serve(t)
	s := newSite(t, morning)
	s.keep.Keep = 3
	specs := []spec.Spec{{Name: "app", Image: address + "/app"}}
	push(noise(1, 4<<20))
	s.run(specs)
	s.now = s.now.Add(time.Hour)
	push(noise(9, 4<<20))
	v := s.run(specs)[0].Version
	if f, has := v.File(image.Delta); has {
		t.Errorf("there is a delta of %d bytes", f.Size)
	}
	folder := filepath.Dir(s.file(v, image.Squashfs))
	if left, err := filepath.Glob(filepath.Join(folder, "*.vcdiff")); err != nil || len(left) > 0 {
		t.Errorf("it is left in the folder: %v %v", left, err)
	}
}

func TestWithoutDeltas(t *testing.T) {
	address, push := serve(t)
	s := newHubSite(t)
	b := s.builder()
	b.NoDeltas = true
	for _, tail := range []string{"one", "two"} {
		push(noise(1, 4<<20) + tail)
		s.now = s.now.Add(time.Hour)
		v, err := b.Update(t.Context(), s.store, demand(t, address+"/app"), false)
		if err != nil {
			t.Fatal(err)
		}
		if _, has := v.File(image.Delta); has {
			t.Error("there is a delta")
		}
	}
}
