package storetest

import (
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

func withDelta(t *testing.T, s store.Store, clock *Clock) {
	base := Split(t, s, nginx(), someMetadata, someSquashfs)
	v := publish(t, s, nginx(), func(d store.Draft) {
		Write(t, d, image.Metadata, "lxd.tar.xz", someMetadata)
		if _, err := d.Open(image.Squashfs); err == nil {
			t.Error("a file that is not there can be read")
		}
		Write(t, d, image.Squashfs, "rootfs.squashfs", someTarball)
		f, err := d.Open(image.Squashfs)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if got, err := io.ReadAll(store.NewReader(f)); err != nil || string(got) != string(someTarball) {
			t.Errorf("what was written is not what is read (%v)", err)
		}
		for _, text := range []string{"not worth having", "a delta"} {
			w, err := d.CreateDelta(base)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, text); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if text == "a delta" {
				break
			}
			if err := d.Remove(w); err != nil {
				t.Fatal(err)
			}
			if err := d.Remove(w); err == nil {
				t.Error("it can be removed twice")
			}
		}
	})
	want := image.File{Kind: image.Delta, Name: "rootfs.squashfs.vcdiff", Base: base.Serial, Size: 7, SHA256: sum([]byte("a delta"))}
	got, _ := v.File(image.Delta)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the delta (-want +got):\n%s", diff)
	}
	if sum := sum(someMetadata, someTarball); v.Fingerprint != sum || len(v.Forms()) != 1 || len(v.Forms()[0].Files) != 2 {
		t.Errorf("the image is %+v", v.Forms())
	}
	if diff := cmp.Diff([]image.Version{base, v}, Versions(t, s)); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	if got := Content(t, s, v.Path(want)); string(got) != "a delta" {
		t.Errorf("it is %q", got)
	}
	if err := store.Verify(t.Context(), s, v); err != nil {
		t.Errorf("verify says %v", err)
	}
}
