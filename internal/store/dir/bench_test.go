package dir

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/image"
)

// fillFolder puts n products with three versions each into a folder, as a store without
// a ledger has them.
func fillFolder(b testing.TB, folder string, n int) {
	b.Helper()
	for i := range n {
		for serial := range 3 {
			v := image.Version{
				Name: fmt.Sprintf("image%d", i), Architecture: "amd64", Serial: fmt.Sprintf("20261123_10150%d", serial),
				Key: sumText(fmt.Sprint(i, serial)), Source: "docker.io/library/image:latest", SourceDigest: "sha256:" + sumText("manifest"), Release: "latest",
				Aliases: []string{fmt.Sprintf("also-%d", i), fmt.Sprintf("docker.io/library/image%d", i)}, Description: "an image", Created: time.Now().UTC(),
				Layers: []string{"sha256:" + sumText("one"), "sha256:" + sumText("two"), "sha256:" + sumText(fmt.Sprint(i))},
			}
			for kind, name := range map[string]string{image.Metadata: "lxd.tar.xz", image.Squashfs: "rootfs.squashfs"} {
				v.Files = append(v.Files, image.File{Kind: kind, Name: name, Size: 1, SHA256: sumText("x")})
			}
			if v.Files[0].Kind != image.Metadata {
				v.Files[0], v.Files[1] = v.Files[1], v.Files[0]
			}
			v.Fingerprint = sumText("xx" + fmt.Sprint(i, serial)) // nobody verifies it
			text, err := json.MarshalIndent(document{format, v}, "", "  ")
			if err != nil {
				b.Fatal(err)
			}
			to := filepath.Join(folder, v.Dir())
			if err := os.MkdirAll(to, 0o755); err != nil {
				b.Fatal(err)
			}
			for name, data := range map[string][]byte{versionFile: text, "lxd.tar.xz": []byte("x"), "rootfs.squashfs": []byte("x")} {
				if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}

func sumText(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// publishOne publishes a small version of image7.
func publishOne(b *testing.B, s *Store, content string) image.Version {
	b.Helper()
	d, err := s.Draft(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer d.Discard()
	w, err := d.Create(image.Unified, "lxd_combined.tar")
	if err != nil {
		b.Fatal(err)
	}
	_, _ = w.Write([]byte(content))
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	v, err := d.Publish(b.Context(), image.Version{Name: "image7", Architecture: "amd64"})
	if err != nil {
		b.Fatal(err)
	}
	return v
}

// BenchmarkGrowth does the same in stores of 10 and of up to 10,000 images with three
// versions each.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchmarkStore(b, n) })
	}
}

func benchmarkStore(b *testing.B, n int) {
	folder := b.TempDir()
	fillFolder(b, folder, n)
	list := func(s *Store) {
		if _, err := s.Versions(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("open without a ledger", func(b *testing.B) {
		for b.Loop() {
			list(openStore(b, folder))
		}
	})
	s, reader := openStore(b, folder), openStore(b, folder)
	last := publishOne(b, s, "first")
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			list(openStore(b, folder))
		}
	})
	b.Run("look through", func(b *testing.B) {
		for b.Loop() {
			if err := s.Check(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("versions unchanged", func(b *testing.B) {
		for b.Loop() {
			list(s)
		}
	})
	b.Run("open a file", func(b *testing.B) {
		for b.Loop() {
			f, err := s.OpenFile(b.Context(), last.Path(last.Files[0]))
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
	b.Run("check a product", func(b *testing.B) {
		p := image.Product{Name: "image3", Architecture: "amd64"}
		for b.Loop() {
			if err := s.Check(b.Context(), p); err != nil {
				b.Fatal(err)
			}
		}
	})
	benchmarkChanges(b, s, reader, last, list)
}

func benchmarkChanges(b *testing.B, s, reader *Store, last image.Version, list func(*Store)) {
	b.Run("publish, another lists, retire, prune", func(b *testing.B) {
		var publish, see, retire, prune time.Duration
		for i := 0; b.Loop(); i++ {
			began := time.Now()
			next := publishOne(b, s, fmt.Sprint(i))
			published := time.Now()
			list(reader)
			seen := time.Now()
			if err := s.Retire(b.Context(), time.Now(), last); err != nil {
				b.Fatal(err)
			}
			retired := time.Now()
			if _, err := s.Prune(b.Context(), time.Now(), time.Nanosecond); err != nil {
				b.Fatal(err)
			}
			publish, see, retire, prune = publish+published.Sub(began), see+seen.Sub(published), retire+retired.Sub(seen), prune+time.Since(retired)
			last = next
		}
		for what, all := range map[string]time.Duration{"publish": publish, "see": see, "retire": retire, "prune": prune} {
			b.ReportMetric(float64(all.Microseconds())/float64(b.N), "µs/"+what)
		}
	})
	b.Run("prune nothing", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Prune(b.Context(), time.Now(), time.Hour); err != nil {
				b.Fatal(err)
			}
		}
	})
}
