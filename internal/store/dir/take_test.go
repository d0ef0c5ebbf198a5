package dir

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

func publishSplit(t *testing.T, s *Store, rootfs string) image.Version {
	t.Helper()
	d, err := s.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	for kind, content := range map[string]string{image.Metadata: "m", image.Squashfs: rootfs} {
		w, err := d.Create(kind, kind)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write([]byte(content))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	v, err := d.Publish(t.Context(), image.Version{Name: "nginx", Architecture: "amd64"})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// addDelta gives a published version a delta.
func addDelta(t *testing.T, s *Store, v image.Version, base string) image.Version {
	t.Helper()
	content := []byte("delta")
	d, err := hashFile(t.Context(), bytes.NewReader(content), image.File{Kind: image.Delta, Name: "rootfs.vcdiff", Base: base}, new(bytes.Buffer))
	if err != nil {
		t.Fatal(err)
	}
	v.Files = append([]image.File{d}, v.Files...)
	data, err := json.Marshal(document{format, v})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{d.Name: content, versionFile: data} {
		if err := os.WriteFile(s.path(v.Dir(), name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return v
}

func TestARollbackLinksFilesAndLeavesTheDeltaBehind(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	one := publishSplit(t, s, "one")
	two := addDelta(t, s, publishSplit(t, s, "two"), one.Serial)
	publishSplit(t, s, "three")
	again, err := store.Rollback(t.Context(), s, two)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Files) != 2 || again.Fingerprint != two.Fingerprint {
		t.Errorf("it is %+v", again)
	}
	if entries, err := os.ReadDir(s.path(again.Dir())); err != nil || len(entries) != 3 {
		t.Errorf("its folder has %v, %v", entries, err)
	}
	for _, f := range again.Files {
		info, err := os.Stat(s.path(again.Path(f)))
		if err != nil || info.Sys().(*syscall.Stat_t).Nlink != 2 {
			t.Errorf("%s is no link: %v", f.Name, err)
		}
	}
}

func TestVerifyReadsDeltas(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	one := publishSplit(t, s, "one")
	two := addDelta(t, s, publishSplit(t, s, "two"), one.Serial)
	var read int64
	if err := store.Verify(t.Context(), s, two, func(n int64) { read += n }); err != nil || read != int64(len("m"+"two"+"delta")) {
		t.Errorf("%d bytes, %v", read, err)
	}
	if err := os.WriteFile(s.path(two.Path(two.Files[0])), []byte("Delta"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := store.Verify(t.Context(), s, two); err == nil {
		t.Error("a damaged delta was not noticed")
	}
}

func TestFilesAreCopiedWhereTheyCannotBeLinked(t *testing.T) {
	from := filepath.Join(t.TempDir(), "from")
	if err := os.WriteFile(from, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "to")
	if err := duplicateBytes(from, to); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(to)
	if data, e := os.ReadFile(to); e != nil || err != nil || string(data) != "content" || info.Mode().Perm() != 0o644 {
		t.Errorf("it is %q, %v, %v", data, info, err)
	}
	if duplicateBytes(from, to) == nil {
		t.Error("a file that is there was overwritten")
	}
}
