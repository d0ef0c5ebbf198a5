package image_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"lxdocker/internal/image"
)

// fill gives every field below v a value, so that a field that is forgotten is found.
func fill(t *rapid.T, v reflect.Value) {
	text := rapid.OneOf(rapid.StringN(1, 8, 40), rapid.SampledFrom([]string{"\n", "3:abc", `"`, "a\nb", "\x00", "\xff\n", "5", ":"}))
	switch v.Kind() {
	case reflect.String:
		v.SetString(text.Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), rapid.IntRange(1, 3).Draw(t, "length"), 3))
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range rapid.IntRange(1, 3).Draw(t, "length") {
			v.SetMapIndex(reflect.ValueOf(text.Draw(t, "key")), reflect.ValueOf(text.Draw(t, "value")))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns")).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("nobody fills a %s", v.Type())
	}
}

func packedVersions(t *rapid.T) (all []image.Version) {
	for serial := range rapid.IntRange(1, 3).Draw(t, "versions") {
		v := image.Version{}
		if rapid.IntRange(0, 9).Draw(t, "filled") > 0 {
			fill(t, reflect.ValueOf(&v).Elem())
		}
		v.Runs = nil // it is left out
		v.Serial = []string{"1", "2", "3"}[serial]
		if serial > 0 {
			v.Name, v.Architecture = all[0].Name, all[0].Architecture
		}
		all = append(all, v)
	}
	return all
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := packedVersions(t)
		packed := image.Pack(rapid.Permutation(want).Draw(t, "order"))
		if diff := cmp.Diff(want, packed.Versions()); diff != "" {
			t.Fatal(diff)
		}
		if strings.Contains(string(packed), "\n") {
			t.Fatalf("there is a second line: %q", packed)
		}
		if p, err := packed.Product(); err != nil || p != want[0].Product() {
			t.Fatal(p, err)
		}
		if image.Pack(packed.Versions()) != packed {
			t.Fatal("the same versions are packed in another way")
		}
	})
	if image.Pack(nil) != "" || image.Packed("").Versions() != nil {
		t.Error("no versions are not nothing")
	}
}

// TestPackedVersionsOnDiskCanBeRead: ledgers have packed versions in them.
func TestPackedVersionsOnDiskCanBeRead(t *testing.T) {
	const onDisk = "5:nginx5:amd6415:20261123_1015001:a1:b1:c1:d1:e1:f1:g1:1:h1:i1:j1:k12:1:1:l2:1:m1:n1:1:o1:1:p1:q1:1:r1:s" +
		"20:2026-11-23T10:15:00Z20:2026-11-23T10:15:00Z20:2026-11-23T10:15:00Z1:7:"
	at := time.Date(2026, 11, 23, 10, 15, 0, 0, time.UTC)
	want := image.Version{
		Name: "nginx", Architecture: "amd64", Serial: "20261123_101500", Fingerprint: "a", TarballFingerprint: "b", Key: "c",
		Source: "d", SourceDigest: "e", Release: "f", Description: "g",
		Files:  []image.File{{Kind: "h", Name: "i", Base: "j", SHA256: "k", Size: 12}},
		Undone: []string{"l"}, Layers: []string{"m", "n"}, Aliases: []string{"o"},
		Properties: map[string]string{"p": "q"}, Requirements: map[string]string{"r": "s"},
		Created: at, Retired: &at, Pinned: &at, Hub: true, Note: 7,
	}
	if got := image.Pack([]image.Version{want}); got != onDisk {
		t.Errorf("it is packed as %q\nIf this is meant, raise ledgerFormat in store/dir.", got)
	}
	if diff := cmp.Diff([]image.Version{want}, image.Packed(onDisk).Versions()); diff != "" {
		t.Error(diff)
	}
	all := reflect.ValueOf(want)
	for i := range all.NumField() {
		if name := all.Type().Field(i).Name; name != "Runs" && all.Field(i).IsZero() {
			t.Errorf("%s is not tested", name)
		}
	}
}

func FuzzPacked(f *testing.F) {
	now := time.Unix(1_790_000_000, 5).UTC()
	f.Add(string(image.Pack([]image.Version{{
		Name: "nginx", Architecture: "amd64", Serial: "20261123_101500", Description: "a\nb", Layers: []string{"x"},
		Files: []image.File{{Kind: image.Unified, Size: 1}}, Properties: map[string]string{"a": "b"}, Created: now, Retired: &now, Hub: true,
	}, {Serial: "1"}})))
	f.Fuzz(func(t *testing.T, s string) {
		if versions := image.Packed(s).Versions(); len(versions) > 0 {
			again := image.Pack(versions)
			if diff := cmp.Diff(again.Versions(), image.Pack(again.Versions()).Versions()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func BenchmarkUnpack(b *testing.B) {
	sum := strings.Repeat("0123456789abcdef", 4)
	v := image.Version{
		Name: "image", Architecture: "amd64", Serial: "20261123_101500", Fingerprint: sum, Key: sum, Source: "docker.io/library/image:latest",
		SourceDigest: "sha256:" + sum, Release: "latest", Description: "an image", Created: time.Unix(1_790_000_000, 0),
		Layers: []string{"sha256:" + sum, "sha256:" + sum, "sha256:" + sum, "sha256:" + sum, "sha256:" + sum}, Aliases: []string{"also"},
		Files: []image.File{{Kind: image.Metadata, Name: "lxd.tar.xz", SHA256: sum}, {Kind: image.Squashfs, Name: "rootfs.squashfs", SHA256: sum}},
	}
	packed := image.Pack([]image.Version{v, v, v})
	b.SetBytes(int64(len(packed)))
	b.ReportAllocs()
	for b.Loop() {
		if len(packed.Versions()) != 3 {
			b.Fatal("they are not three")
		}
	}
}
