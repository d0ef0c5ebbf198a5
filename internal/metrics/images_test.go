package metrics_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/metrics"
	"lxdocker/internal/store"
)

// shelf is a store in memory.
type shelf struct{ now *store.Snapshot }

func (s *shelf) versions(context.Context) (*store.Snapshot, error) { return s.now, nil }

func (s *shelf) put(p image.Product, faults []store.Fault, versions ...image.Version) {
	s.now = s.now.With(map[image.Product]image.Packed{p: image.Pack(versions)}, faults)
}

// version has a file of its own, and one that all have whose content says the same.
func version(name string, serial int, hub bool, content string) image.Version {
	sum := func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }
	return image.Version{
		Name: name, Architecture: "amd64", Serial: time.Unix(int64(serial), 0).UTC().Format(image.SerialLayout), Hub: hub,
		Files: []image.File{
			{Kind: image.Metadata, Name: "lxd.tar.xz", Size: 1, SHA256: sum(fmt.Sprint(name, serial))},
			{Kind: image.Squashfs, Name: "rootfs.squashfs", Size: 100, SHA256: sum(content)},
		},
	}
}

func TestImagesAreCountedAsTheStoreChanges(t *testing.T) {
	s := &shelf{now: store.NewSnapshot(nil, nil)}
	m := metrics.New(nil)
	m.Images(s.versions)
	want(t, series(t, m), "imgserver_images_bytes", "0")

	web, app := image.Product{Name: "web", Architecture: "amd64"}, image.Product{Name: "app", Architecture: "amd64"}
	at := time.Unix(1000, 0)
	old, gone := version("web", 2, false, "shared"), version("web", 1, false, "first")
	gone.Retired = &at
	s.put(web, nil, gone, old, version("web", 3, false, "shared"))
	s.put(app, []store.Fault{{Folder: "images/x"}}, version("app", 1, true, "shared"))
	got := series(t, m)
	for name, value := range map[string]string{
		`imgserver_image_versions{origin="spec",state="current"}`:    "1",
		`imgserver_image_versions{origin="spec",state="superseded"}`: "1",
		`imgserver_image_versions{origin="spec",state="retired"}`:    "1",
		`imgserver_image_versions{origin="hub",state="current"}`:     "1",
		`imgserver_images_bytes`:                                     "204", // two root file systems, four others
		`imgserver_images_damaged`:                                   "1",
		`imgserver_images_pinned{origin="spec"}`:                     "0",
	} {
		want(t, got, name, value)
	}

	pinned := version("web", 3, false, "shared")
	pinned.Pinned = &at
	s.put(web, nil, pinned)
	s.put(app, nil)
	got = series(t, m)
	for name, value := range map[string]string{
		`imgserver_image_versions{origin="spec",state="current"}`: "1",
		`imgserver_image_versions{origin="spec",state="retired"}`: "0",
		`imgserver_image_versions{origin="hub",state="current"}`:  "0",
		`imgserver_images_bytes`:                                  "101",
		`imgserver_images_damaged`:                                "0",
		`imgserver_images_pinned{origin="spec"}`:                  "1",
	} {
		want(t, got, name, value)
	}
}

func many(n int) *store.Snapshot {
	all := map[image.Product]image.Packed{}
	for i := range n {
		name := fmt.Sprintf("image-%05d", i)
		all[image.Product{Name: name, Architecture: "amd64"}] = image.Pack([]image.Version{
			version(name, 1, i%2 == 0, name+"1"), version(name, 2, i%2 == 0, name+"2"), version(name, 3, i%2 == 0, name+"3"),
		})
	}
	return store.NewSnapshot(nil, nil).With(all, nil)
}

// BenchmarkScrape is what a look costs: when nothing has changed, and when one image has.
func BenchmarkScrape(b *testing.B) {
	for _, n := range []int{10, 10_000} {
		s := &shelf{now: many(n)}
		m := metrics.New(nil)
		m.Images(s.versions)
		began := time.Now()
		series(b, m)
		first := time.Since(began)
		b.Run(fmt.Sprintf("%d images/unchanged", n), func(b *testing.B) {
			for b.Loop() {
				series(b, m)
			}
			b.ReportMetric(float64(first.Microseconds()), "µs-first")
		})
		b.Run(fmt.Sprintf("%d images/changed", n), func(b *testing.B) {
			for serial := 4; b.Loop(); serial++ {
				b.StopTimer()
				v := version("image-00001", serial, false, fmt.Sprint(serial))
				s.put(v.Product(), nil, v)
				b.StartTimer()
				series(b, m)
			}
		})
	}
}
