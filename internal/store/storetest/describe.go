package storetest

import (
	"errors"
	"io/fs"
	"reflect"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

// described: what a version runs is kept, also by a rollback, and only Describe tells it.
func described(t *testing.T, s store.Store, clock *Clock) {
	runs := &image.Runs{Entrypoint: []string{"/entry"}, Ports: []string{"80/tcp"}, LayerSizes: []int64{1, 2}}
	old := nginx()
	old.Runs = runs
	old = Split(t, s, old, []byte("metadata"), []byte("old"))
	clock.Now = clock.Now.Add(1e9)
	fresh := Split(t, s, nginx(), []byte("metadata"), []byte("new"))
	clock.Now = clock.Now.Add(1e9)
	back, err := store.Rollback(t.Context(), s, old)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range append(Versions(t, s), old, fresh, back) {
		if v.Runs != nil {
			t.Errorf("%s is listed with %+v", v.Serial, v.Runs)
		}
	}
	for _, want := range []struct {
		image.Version
		runs *image.Runs
	}{{old, runs}, {fresh, nil}, {back, runs}} {
		if v, err := s.Describe(t.Context(), want.ID()); err != nil || !reflect.DeepEqual(v.Runs, want.runs) || v.Fingerprint != want.Fingerprint {
			t.Errorf("%s is described as %+v, %v", want.Serial, v, err)
		}
	}
	gone := old.ID()
	gone.Serial = "20000101_000000"
	if v, err := s.Describe(t.Context(), gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there is described as %+v, %v", v, err)
	}
}
