package server_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
	"lxdocker/internal/simplestreams"
	"lxdocker/internal/store/storetest"
)

func TestTheCatalogIsAlwaysThatOfTheStore(t *testing.T) {
	f := newFixture(t)
	check := func(when string) {
		t.Helper()
		index, images, err := simplestreams.Render(catalog.New(image.PackAll(storetest.Versions(t, f.store))))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.ask("GET", "/streams/v1/index.json").body; got != string(index) {
			t.Errorf("%s: index.json is\n%s", when, got)
		}
		if got := f.ask("GET", "/streams/v1/images.json").body; got != string(images) {
			t.Errorf("%s: images.json is\n%s", when, got)
		}
	}
	check("at first")
	second := f.publish("redis")
	check("after a publish")
	f.publish("nginx")
	check("after a second publish in the same second")
	if err := f.store.Retire(t.Context(), time.Now(), second); err != nil {
		t.Fatal(err)
	}
	check("after retiring")
	if _, err := f.store.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Fatal(err)
	}
	check("after pruning")
	if err := os.Truncate(filepath.Join(f.dir, f.rootfsPath()), 1); err != nil {
		t.Fatal(err)
	}
	check("after damage")
	if err := os.RemoveAll(filepath.Join(f.dir, "images")); err != nil {
		t.Fatal(err)
	}
	check("after somebody removed all images")
	if got := f.ask("GET", "/streams/v1/index.json").body; !strings.Contains(got, `"products": []`) {
		t.Errorf("an empty index is\n%s", got)
	}
}

func TestTheCatalogIsCompressedForWhoWantsThat(t *testing.T) {
	f := newFixture(t)
	plain := f.ask("GET", "/streams/v1/images.json")
	plain.expect(t, 200, "Content-Type: application/json", "Content-Encoding:", "Vary: Accept-Encoding",
		"Cache-Control: no-cache", "Last-Modified:", fmt.Sprint("Content-Length: ", len(plain.body)))
	for accept, want := range map[string]bool{
		"gzip": true, "gzip;q=1.0": true, "deflate, gzip;q=0.5": true, "GZIP": true, "*": true, "br, *;q=0.1": true, "x-gzip": true, " gzip ; q=0.001": true,
		"": false, "identity": false, "br": false, "gzip;q=0": false, "gzip;q=0.000, *": false, "*;q=0": false, "gzip;q=x": false, "gzipped": false,
	} {
		get := f.ask("GET", "/streams/v1/images.json", "Accept-Encoding: "+accept)
		head := f.ask("HEAD", "/streams/v1/images.json", "Accept-Encoding: "+accept)
		if zipped := get.Header.Get("Content-Encoding") == "gzip"; zipped != want {
			t.Errorf("Accept-Encoding: %s: compressed is %v", accept, zipped)
		}
		if got := unzip(t, get); got != plain.body {
			t.Errorf("Accept-Encoding: %s: the body has %d bytes", accept, len(got))
		}
		for _, h := range []string{"ETag", "Content-Length", "Content-Encoding", "Content-Type", "Vary"} {
			if get.Header.Get(h) != head.Header.Get(h) {
				t.Errorf("Accept-Encoding: %s: %s is %q for GET, %q for HEAD", accept, h, get.Header.Get(h), head.Header.Get(h))
			}
		}
	}
}

func TestARangeOfTheCompressedCatalog(t *testing.T) {
	f := newFixture(t)
	whole := f.ask("GET", "/streams/v1/images.json", "Accept-Encoding: gzip")
	part := f.ask("GET", "/streams/v1/images.json", "Accept-Encoding: gzip", "Range: bytes=5-9")
	part.expect(t, 206, "Content-Length: 5", "Content-Encoding: gzip")
	if part.body != whole.body[5:10] {
		t.Errorf("the range is %q", part.body)
	}
	f.ask("GET", "/streams/v1/images.json", "Accept-Encoding: gzip", "Range: bytes=99999-").expect(t, 416)
}

func unzip(t *testing.T, a answer) string {
	t.Helper()
	if a.Header.Get("Content-Encoding") != "gzip" {
		return a.body
	}
	z, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheEntityTagOfTheCatalog(t *testing.T) {
	f := newFixture(t)
	tags := map[string]bool{}
	for range 2 {
		for _, accept := range []string{"identity", "gzip"} {
			a := f.ask("GET", "/streams/v1/images.json", "Accept-Encoding: "+accept)
			tag := a.Header.Get("ETag")
			if !strings.HasPrefix(tag, `"`) || tags[tag] {
				t.Errorf("%s: the tag %s is weak, or of something else as well", accept, tag)
			}
			tags[tag] = true
			f.ask("GET", "/streams/v1/images.json", "Accept-Encoding: "+accept, "If-None-Match: "+tag).expect(t, 304, "ETag: "+tag)
			f.ask("GET", "/streams/v1/images.json", "Accept-Encoding: "+accept, `If-None-Match: "x"`).expect(t, 200)
		}
		f.publish("redis")
	}
}

func TestAConflictIsLoggedOnce(t *testing.T) {
	f := newFixture(t)
	f.publish("apache", "web")
	for range 3 {
		f.ask("GET", "/streams/v1/images.json")
	}
	f.http.Close()
	if n := strings.Count(f.log.String(), "two images want one alias"); n != 1 || !strings.Contains(f.log.String(), "alias=web architecture=amd64 given=apache refused=nginx") {
		t.Errorf("the log says\n%s", f.log)
	}
}

// items are the files that images.json names, as a client reads them.
func items(t testing.TB, images []byte) []item {
	t.Helper()
	var read struct {
		Products map[string]struct {
			Versions map[string]struct{ Items map[string]item }
		}
	}
	if err := json.NewDecoder(bytes.NewReader(images)).Decode(&read); err != nil {
		t.Fatal(err)
	}
	var all []item
	for _, p := range read.Products {
		for _, v := range p.Versions {
			for _, i := range v.Items {
				all = append(all, i)
			}
		}
	}
	return all
}

type item struct {
	FType, Path, SHA256 string
	Size                int64
	Combined            string `json:"combined_squashfs_sha256"`
}
