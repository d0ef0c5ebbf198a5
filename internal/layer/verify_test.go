package layer_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/failure"
	"lxdocker/internal/layer"
)

var encodings = []string{"tar", "gzip", "zstd"}

// leftIn lists what is in a cache, but its lock.
func leftIn(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(left, func(e os.DirEntry) bool { return e.Name() == ".lock" })
}

// expectEmpty looks for what a failed call left behind.
func expectEmpty(t *testing.T, dir string) {
	t.Helper()
	for _, entry := range leftIn(t, dir) {
		t.Errorf("%s is left in the cache", entry.Name())
	}
}

// pack packs a blob into a folder and expects nothing there if that fails.
func pack(t *testing.T, dir string, maxUnpacked int64, b layer.Blob, blob []byte) (*layer.Pack, error) {
	t.Helper()
	cache, err := layer.Open(dir, maxUnpacked, codec())
	if err != nil {
		t.Fatal(err)
	}
	p, err := cache.Pack(context.Background(), b, serve(blob))
	if err != nil {
		expectEmpty(t, dir)
		return nil, err
	}
	t.Cleanup(func() { p.Close() })
	return p, nil
}

func TestT14WrongLayersAreRefused(t *testing.T) {
	archive := archiveOf(t, file("a", strings.Repeat("content ", 10_000)), file("b", "b"))
	other := archiveOf(t, file("a", "other"))
	for _, encoding := range encodings {
		blob := compressed(t, encoding, archive)
		right := describe(blob, archive)
		with := func(change func(*layer.Blob)) layer.Blob {
			b := right
			change(&b)
			return b
		}
		flipped := bytes.Clone(blob)
		flipped[len(flipped)/2] ^= 1
		for behaviour, c := range map[string]struct {
			want  layer.Blob
			blob  []byte
			texts []string
		}{
			"short":            {right, blob[:len(blob)-1], []string{"ends after", "the manifest says"}},
			"empty":            {right, nil, []string{"ends after 0 bytes"}},
			"long":             {right, append(bytes.Clone(blob), 0), []string{"longer than"}},
			"much longer":      {right, append(bytes.Clone(blob), make([]byte, 10<<20)...), []string{"longer than"}},
			"one bit":          {right, flipped, []string{"digest wanted " + right.Digest, "got " + digestOf(flipped)}},
			"something else":   {with(func(b *layer.Blob) { b.Size = -1 }), []byte("<html>404</html>"), []string{"digest wanted " + right.Digest, "got sha256:"}},
			"wrong digest":     {with(func(b *layer.Blob) { b.Digest = digestOf(other) }), blob, []string{"digest wanted " + digestOf(other), "got " + right.Digest}},
			"wrong diffID":     {with(func(b *layer.Blob) { b.DiffID = digestOf(other) }), blob, []string{"diffID wanted " + digestOf(other), "got " + right.DiffID}},
			"truncated at all": {describe(blob[:len(blob)/2], archive), blob[:len(blob)/2], []string{"unexpected EOF"}},
			"no archive":       {describe(compressed(t, encoding, []byte(strings.Repeat("x", 5000))), archive), compressed(t, encoding, []byte(strings.Repeat("x", 5000))), []string{"archive"}},
		} {
			t.Run(encoding+" "+behaviour, func(t *testing.T) {
				_, err := pack(t, t.TempDir(), 0, c.want, c.blob)
				if failure.KindOf(err) != failure.Corrupt {
					t.Fatalf("got %v", err)
				}
				for _, text := range append(c.texts, c.want.Digest) {
					if !strings.Contains(err.Error(), text) {
						t.Errorf("%q does not say %q", err, text)
					}
				}
			})
		}
	}
}

func TestT14WrongDigestExplainsWhatCannotBeRead(t *testing.T) {
	noise := make([]byte, 4<<20) // so that much is left to read after the wrong byte
	rand.NewChaCha8([32]byte{}).Read(noise)
	archive := archiveOf(t, file("a", string(noise)))
	for _, encoding := range encodings {
		for behaviour, at := range map[string]int{"in its magic": 1, "in the header of gzip": 3, "in the header of zstd": 4, "in the middle": 2 << 20} {
			t.Run(encoding+" "+behaviour, func(t *testing.T) {
				blob := compressed(t, encoding, archive)
				want := describe(blob, archive)
				blob[at] ^= 0xff
				_, err := pack(t, t.TempDir(), 0, want, blob)
				if failure.KindOf(err) != failure.Corrupt || !strings.Contains(err.Error(), "digest wanted "+want.Digest+", got "+digestOf(blob)) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestT14BytesAfterTheArchiveCount(t *testing.T) {
	archive := archiveOf(t, file("a", "a"))
	for _, encoding := range encodings {
		for behaviour, trailer := range map[string][]byte{
			"zeros":           make([]byte, 3<<20),
			"garbage":         []byte("not a tar header at all"),
			"another archive": archiveOf(t, file("b", "b")),
		} {
			t.Run(encoding+" "+behaviour, func(t *testing.T) {
				whole := append(bytes.Clone(archive), trailer...)
				blob := compressed(t, encoding, whole)
				p, err := pack(t, t.TempDir(), 0, describe(blob, whole), blob)
				if err != nil {
					t.Fatal(err)
				}
				if got := list(t, p); !slices.Equal(got, []string{"f 644 0:0 1000000000 a = a"}) {
					t.Errorf("got %q", got)
				}
				wrong := describe(blob, append(bytes.Clone(whole), 0))
				if _, err := pack(t, t.TempDir(), 0, wrong, blob); failure.KindOf(err) != failure.Corrupt || !strings.Contains(err.Error(), "diffID") {
					t.Errorf("with another trailer: %v", err)
				}
			})
		}
	}
}

func TestT14WhatIsNotKnownIsNotChecked(t *testing.T) {
	archive := archiveOf(t, file("a", "a"))
	blob := compressed(t, "gzip", archive)
	p, err := pack(t, t.TempDir(), 0, layer.Blob{Digest: digestOf(blob), Size: -1}, blob)
	if err != nil {
		t.Fatal(err)
	}
	if p.DiffID() != digestOf(archive) || p.Digest() != digestOf(blob) {
		t.Errorf("got %s of %s", p.DiffID(), p.Digest())
	}
}

func TestT14CachedPackIsCheckedAgainstTheOrder(t *testing.T) {
	archive := archiveOf(t, file("a", "a"))
	blob := compressed(t, "gzip", archive)
	dir := t.TempDir()
	right := describe(blob, archive)
	if _, err := pack(t, dir, 0, right, blob); err != nil {
		t.Fatal(err)
	}
	cache, err := layer.Open(dir, 0, codec())
	if err != nil {
		t.Fatal(err)
	}
	never := func(context.Context) (io.ReadCloser, error) { return nil, errors.New("opened") }
	for behaviour, change := range map[string]func(*layer.Blob){
		"diffID": func(b *layer.Blob) { b.DiffID = digestOf(blob) },
		"bytes":  func(b *layer.Blob) { b.Size++ },
	} {
		b := right
		change(&b)
		if _, err := cache.Pack(context.Background(), b, never); failure.KindOf(err) != failure.Corrupt || !strings.Contains(err.Error(), behaviour) {
			t.Errorf("%s: %v", behaviour, err)
		}
	}
	p, err := cache.Pack(context.Background(), right, never)
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
}

func TestStreamsOfSeveralParts(t *testing.T) {
	archive := archiveOf(t, file("a", strings.Repeat("a", 2000)), file("b", "b"))
	skippable := []byte{0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3}
	for behaviour, blob := range map[string][]byte{
		"gzip members":             slices.Concat(compressed(t, "gzip", archive[:700]), compressed(t, "gzip", nil), compressed(t, "gzip", archive[700:])),
		"zstd frames":              slices.Concat(compressed(t, "zstd", archive[:700]), compressed(t, "zstd", archive[700:])),
		"skippable frame first":    slices.Concat(skippable, compressed(t, "zstd", archive)),
		"skippable frames between": slices.Concat(compressed(t, "zstd", archive[:700]), skippable, compressed(t, "zstd", archive[700:]), skippable),
	} {
		t.Run(behaviour, func(t *testing.T) {
			p, err := pack(t, t.TempDir(), 0, describe(blob, archive), blob)
			if err != nil {
				t.Fatal(err)
			}
			if len(list(t, p)) != 2 {
				t.Errorf("got %q", list(t, p))
			}
		})
	}
	for behaviour, blob := range map[string][]byte{
		"after gzip": append(compressed(t, "gzip", archive), "garbage"...),
		"after zstd": append(compressed(t, "zstd", archive), "garbage"...),
	} {
		t.Run("garbage "+behaviour, func(t *testing.T) {
			if _, err := pack(t, t.TempDir(), 0, describe(blob, archive), blob); failure.KindOf(err) != failure.Corrupt {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestEmptyLayer(t *testing.T) {
	// What buildkit gives to images without files: 1024 zeros, 32 bytes of gzip.
	buildkit := []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xffb\x18\x05\xa3`\x14\x8cX\x00\x08\x00\x00\xff\xff.\xaf\xb5\xef\x00\x04\x00\x00")
	if digestOf(buildkit) != "sha256:4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1" {
		t.Errorf("this is not the empty layer: %s", digestOf(buildkit))
	}
	zeros := make([]byte, 1024)
	for behaviour, c := range map[string]struct{ blob, archive []byte }{
		"the empty layer of buildkit": {buildkit, zeros},
		"uncompressed":                {zeros, zeros},
		"no end mark":                 {nil, nil},
		"an empty archive in zstd":    {compressed(t, "zstd", zeros), zeros},
		"gzip of nothing":             {compressed(t, "gzip", nil), nil},
	} {
		t.Run(behaviour, func(t *testing.T) {
			p, err := pack(t, t.TempDir(), 0, describe(c.blob, c.archive), c.blob)
			if err != nil {
				t.Fatal(err)
			}
			if got := list(t, p); len(got) != 0 {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestBrokenArchives(t *testing.T) {
	whole := archiveOf(t, file("a", strings.Repeat("x", 5000)))
	header := func(changes map[int]string) []byte { return patch(archiveOf(t, file("a", "")), changes) }
	xattr := func(key, value string) []byte {
		m := file("a", "")
		m.PAXRecords = map[string]string{key: value}
		return archiveOf(t, m)
	}
	for behaviour, c := range map[string]struct {
		archive []byte
		text    string
	}{
		"cut in a content":    {whole[:2000], `reading the content of "a": unexpected EOF`},
		"cut in a header":     {whole[:300], "reading its archive: unexpected EOF"},
		"wrong checksum":      {append([]byte("b"), whole[1:]...), "invalid tar header"},
		"negative size":       {header(map[int]string{124: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"}), "invalid tar header"},
		"unknown type":        {header(map[int]string{156: "V"}), `entry "a": its type 'V' is not known`},
		"owner beyond 2^32-1": {header(map[int]string{108: "\x80\x00\x00\x01\x00\x00\x00\x00"}), "owner 4294967296 is not possible"},
		"owner below -2^31":   {header(map[int]string{116: "\xff\xff\xff\xfe\xff\xff\xff\xff"}), "owner -4294967297 is not possible"},
		"hardlink to nothing": {header(map[int]string{156: "1"}), "a hardlink without a target"},
		"negative device":     {header(map[int]string{156: "3", 329: "\xff\xff\xff\xff\xff\xff\xff\xff"}), "device number -1:0 is not possible"},
		"negative minor":      {header(map[int]string{156: "4", 337: "\xff\xff\xff\xff\xff\xff\xff\xff"}), "device number 0:-1 is not possible"},
		"huge device":         {header(map[int]string{156: "4", 329: "\x80\x00\x00\x01\x00\x00\x00\x00"}), "device number 4294967296:0 is not possible"},
		"xattr no base64":     {xattr("LIBARCHIVE.xattr.user.a", "%%%"), `value of extended attribute "user.a"`},
		"xattr name":          {xattr("LIBARCHIVE.xattr.user.%zz", "YQ"), `name of extended attribute "user.%zz"`},
	} {
		t.Run(behaviour, func(t *testing.T) {
			_, err := pack(t, t.TempDir(), 0, describe(c.archive, c.archive), c.archive)
			if failure.KindOf(err) != failure.Corrupt || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v", err)
			}
		})
	}
}
