package web_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/contents"
	"lxdocker/internal/document"
	"lxdocker/internal/image"
	"lxdocker/internal/server/web"
)

// maxWeight is how many bytes a page and its files may have on their way.
const maxWeight = 100 << 10

// random is a text that is hardly compressed.
func random(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz0123456789-_"[r.IntN(38)]
	}
	return string(b)
}

func TestTheLargestPagesAreLight(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	runs := &image.Runs{Environment: words(r, 100), Ports: words(r, 100), Volumes: words(r, 100), Entrypoint: words(r, 30)}
	var list, versions []image.Version
	for i := range 60 {
		list = append(list, version(random(r, 40), "amd64", i, 5000))
		list[i].Description, list[i].Aliases = random(r, 500), words(r, 10)
	}
	for _, arch := range []string{"amd64", "arm64", "armhf", "riscv64"} {
		for i := range 100 {
			v := version("many", arch, i, int64(r.IntN(1e9)))
			for range 20 {
				v.Layers = append(v.Layers, "sha256:"+fmt.Sprintf("%064x", r.Uint64()))
			}
			versions = append(versions, v)
		}
	}
	var busy web.Activity
	for range 100 {
		busy.Running = append(busy.Running, web.Running{Name: random(r, 100), Step: "fetching", Done: 1, Total: 2, Began: now})
		busy.Failed = append(busy.Failed, web.Failure{Name: random(r, 100), Text: random(r, 200), Next: random(r, 100), At: now})
	}
	p := web.New(web.Options{
		Now:      func() time.Time { return now },
		Activity: func(string) web.Activity { return busy },
		Describe: func(_ context.Context, id image.ID) (image.Version, error) {
			return image.Version{Runs: runs}, nil
		},
		Compare: func(context.Context, image.Version, image.Version) (contents.Changes, error) {
			return everything(r), nil
		},
	})
	pages := map[string]func() (*document.Document, error){
		"list": func() (*document.Document, error) { return p.List(of(list...), "hub", "192.0.2.7", url.Values{}) },
		"image": func() (*document.Document, error) {
			return p.Image(t.Context(), of(versions...), "hub", "192.0.2.7", "many")
		},
		"changes":  func() (*document.Document, error) { return p.Changes(t.Context(), of(versions...), "hub", "many", nil) },
		"activity": func() (*document.Document, error) { return p.ActivityPage(of(), "hub", "", "192.0.2.1") },
		"missing":  func() (*document.Document, error) { return p.Missing("hub", "0123456789abcdef") },
	}
	for name, make := range pages {
		d, err := make()
		if err != nil {
			t.Fatal(err)
		}
		n := d.Gzip().Size()
		for _, path := range []string{"page.css", "page.js", "icon.svg"} {
			_, a := web.Named(path)
			n += a.Gzip().Size()
		}
		t.Logf("%s: %d bytes, %d with its files on their way", name, d.Size(), n)
		if n > maxWeight {
			t.Errorf("%s has %d bytes with its files", name, n)
		}
	}
}

func words(r *rand.Rand, n int) (all []string) {
	for range n {
		all = append(all, random(r, 20))
	}
	return all
}

// everything are as many changes as are listed.
func everything(r *rand.Rand) (c contents.Changes) {
	names := func() (n contents.Names) {
		for range 100 {
			n.Listed = append(n.Listed, contents.Name{Path: "usr/share/" + strings.Join(words(r, 4), "/"), Kind: contents.File, Size: int64(r.IntN(1e6))})
		}
		return n
	}
	packages := func() (all []contents.PackageChange) {
		for range 100 {
			all = append(all, contents.PackageChange{Package: contents.Package{Name: random(r, 30), Architecture: "amd64", Version: random(r, 20)}, Was: random(r, 20)})
		}
		return all
	}
	c.Packages = contents.PackageChanges{Known: true, Added: packages(), Removed: packages(), Changed: packages()}
	c.Files = contents.FileChanges{Added: names(), Removed: names(), Changed: names()}
	for n := range 20 {
		layer := func() contents.Layer {
			l := contents.Layer{Number: n + 1, Changed: contents.Count{Files: r.IntN(1e6), Bytes: r.Int64N(1e9)}, Added: contents.Count{Files: r.IntN(1e6), Bytes: r.Int64N(1e9)}}
			for range 3 {
				l.Largest = append(l.Largest, contents.Large{Path: random(r, 100), Size: r.Int64N(1e9)})
			}
			return l
		}
		c.Layers.After, c.Layers.Before = append(c.Layers.After, layer()), append(c.Layers.Before, layer())
	}
	c.Layers.Known = true
	return c
}
