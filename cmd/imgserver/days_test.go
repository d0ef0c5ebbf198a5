package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/guest/guesttest"
	"lxdocker/internal/image"
	"lxdocker/internal/oci/ocitest"
)

// TestTwentyFourDaysLeaveNothingThatGrowsAtScale has an imgserver work for 24 days: tags move,
// specs are built every six hours, clients follow an image on demand, and look at others once, and
// an authority gives certificates that are due again and again. After a week everything has its
// size: files, bytes, goroutines, open files and the log of a day do not grow any more. All
// versions that are offered are what the index says, on each day.
func TestTwentyFourDaysLeaveNothingThatGrowsAtScale(t *testing.T) {
	r := &testRegistry{blobs: map[string][]byte{}, tags: map[string]string{}, asked: map[string]int{}}
	listening := httptest.NewServer(r) // outside of the bubble
	t.Cleanup(listening.Close)
	listening.Config.SetKeepAlivesEnabled(false) // who waits for a connection stops the time of the bubble
	r.host = strings.TrimPrefix(listening.URL, "http://")

	folder := t.TempDir()
	s := &simulated{options: &options{inside: true}, t: t, folder: folder, named: newNamed(t)}
	flags := pflag.NewFlagSet("imgserver", pflag.ContinueOnError)
	s.Register(flags)
	err := flags.Parse([]string{
		"--lxdimages", s.path("images"), "--cache", s.path("cache"), "--specs", s.path("specs"), "--schedule", "17 */6 * * *",
		"--on-demand", r.host + "/**", "--on-demand-days", "3", "--images-size", "100M", "--cache-size", fmt.Sprint(cacheSize), "--cache-age", "48h",
		"--keep", "2", "--compression", "fast", "--verify-every", "24h", "--address", "127.0.0.1:0",
		"--busybox", s.path("busybox"), "--acme-domain", hubName, "--acme-directory", s.named.authority.Directory, "--acme-ca", s.named.authority.File,
	})
	if err == nil {
		err = s.Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	guesttest.SmallBusybox(t, s.path("busybox"))
	d := &days{s, r, map[string]int{}}
	for _, name := range []string{"web", "db", "base"} {
		d.spec(name)
	}
	d.spec("broken") // nobody has ever pushed it
	synctest.Test(t, func(t *testing.T) {
		s.t = t // of the bubble
		ctx, cancel := context.WithCancel(t.Context())
		d.move("web", "db", "base", "followed")
		s.named.enter()
		s.named.schedule(0)
		wait := s.begin(ctx)
		defer func() { cancel(); wait() }()
		certificate, err := os.ReadFile(s.served)
		if err != nil {
			t.Fatal(err)
		}
		var all []usage
		var last seen
		for day := 1; day <= 24; day++ {
			d.pass(day)
			before := usage{Goroutines: 1 << 20, OpenFiles: 1 << 20}
			if day > settled {
				before = all[settled-1]
			}
			all = append(all, s.measure(before))
			if now, err := os.ReadFile(s.served); err != nil || string(now) != string(certificate) || s.pair.Problem(time.Now()) != "" {
				t.Errorf("on day %d the certificate is another one, or it has a problem (%v): %s", day, err, s.pair.Problem(time.Now()))
			}
			d.verify(day)
			last = s.look(day, last)
			all[day-1].Log = strings.Count(s.said(), "\n")
			s.named.schedule(day)
		}
		d.compare(all)
	})
}

// settled is the day after which nothing grows any more.
const settled = 8

// cacheSize is less than what the layers take that were needed in the last two days.
const cacheSize = 300 << 10

// days are what happens to a simulated server.
type days struct {
	*simulated
	registry *testRegistry
	moved    map[string]int // how often a tag did
}

func (d *days) spec(name string) {
	d.t.Helper()
	err := os.MkdirAll(d.Specs, 0o755)
	if err == nil {
		err = os.WriteFile(d.path("specs", name+".yaml"), []byte("image: "+d.registry.host+"/days/"+name+":"+name+"\narchitecture: amd64\n"), 0o644)
	}
	if err != nil {
		d.t.Fatal(err)
	}
}

// move has tags mean something new.
func (d *days) move(names ...string) {
	d.t.Helper()
	for _, name := range names {
		d.moved[name]++
		seed := sha256.Sum256(fmt.Append(nil, name, d.moved[name]))
		d.registry.push(name, ocitest.Recipe{Layers: [][]byte{
			ocitest.Tar(d.t, "srv/base", ocitest.Noise(50_000, 1)),
			ocitest.Tar(d.t, "srv/app", ocitest.Noise(20_000, uint64(seed[0])<<8|uint64(seed[1]))),
		}}.Bake(d.t))
	}
}

// pass has a day pass.
func (d *days) pass(day int) {
	d.t.Helper()
	for hour := range 24 {
		time.Sleep(time.Hour)
		synctest.Wait()
		d.date()
		switch hour {
		case 3, 9, 15:
			d.move("web")
		case 4:
			d.move("db", "followed")
		case 6:
			for n := range 2 { // looked at, and forgotten
				name := fmt.Sprintf("guest%d-%d", day, n)
				d.move(name)
				d.asks(name, http.StatusOK)
			}
			d.asks(fmt.Sprintf("wrong%d", day), http.StatusNotFound)
		case 8, 20:
			d.asks("followed", http.StatusOK)
		}
	}
}

func (d *days) asks(name string, status int) {
	d.t.Helper()
	path := "/1.0/images/aliases/" + url.PathEscape(d.registry.host+"/days/"+name+":"+name)
	if w := d.get(d.handler, path); w.Code != status {
		d.t.Errorf("asked for %s, it answers %d: %s", name, w.Code, w.Body)
	}
	synctest.Wait()
}

// verify downloads all that is offered, and compares it with the index.
func (d *days) verify(day int) {
	d.t.Helper()
	var index struct {
		Products map[string]struct {
			Versions map[string]struct {
				Items map[string]struct {
					Path, Sha256 string
					Size         int
				}
			}
		}
	}
	if err := json.Unmarshal(d.get(d.checker, "/streams/v1/images.json").Body.Bytes(), &index); err != nil {
		d.t.Fatal(err)
	}
	newest := "" // of web
	for _, p := range index.Products {
		for serial, v := range p.Versions {
			for _, item := range v.Items {
				w := d.get(d.checker, "/"+item.Path)
				sum := sha256.Sum256(w.Body.Bytes())
				if w.Code != http.StatusOK || w.Body.Len() != item.Size || hex.EncodeToString(sum[:]) != item.Sha256 {
					d.t.Errorf("%s: %d, %d bytes of sha256 %x; the index says %d of %s", item.Path, w.Code, w.Body.Len(), sum, item.Size, item.Sha256)
				}
				if strings.Contains(item.Path, "/web/") {
					newest = max(newest, serial)
				}
			}
		}
	}
	if at, err := time.Parse(image.SerialLayout, newest); err != nil || time.Since(at) > 12*time.Hour {
		d.t.Errorf("at the end of day %d, the newest version of web is %q (%v)", day, newest, err)
	}
	// The images of specs, the one that is followed, and those looked at in the last three days.
	if n := len(index.Products); n < 3+1+2 || n > 3+1+2*4 {
		d.t.Errorf("at the end of day %d, %d images are offered", day, n)
	}
}

// compare compares the days up to the settled one with those after it. A leak of a file a day
// would be sixteen files.
func (d *days) compare(all []usage) {
	d.t.Helper()
	const (
		// The hub looks at tags each hour, a tenth more or less: by chance, the cache has
		// a layer more at the end of a day, with its document and its files.
		byChance, layer = 6, 32 << 10
		records         = 1200 // of the ledger, which is then made short again
		lines           = 20   // of the log, for an authority that is away
	)
	var most usage
	shortened := false
	for i, u := range all {
		d.t.Logf("day %2d: %+v", i+1, u)
		if u.Layers > cacheSize {
			d.t.Errorf("on day %d layers take %d bytes, more than --cache-size", i+1, u.Layers)
		}
		if u.Ledger > records || u.Record > 8<<10 || u.Asked > 2<<10 {
			d.t.Errorf("on day %d the ledger has %d lines, the record of runs %d bytes, the journal of the hub %d", i+1, u.Ledger, u.Record, u.Asked)
		}
		shortened = shortened || i > 0 && u.Ledger < all[i-1].Ledger
		if i < settled {
			most.Files, most.Images, most.Cache = max(most.Files, u.Files), max(most.Images, u.Images), max(most.Cache, u.Cache)
			most.Goroutines, most.OpenFiles, most.Log = max(most.Goroutines, u.Goroutines), max(most.OpenFiles, u.OpenFiles), max(most.Log, u.Log)
		} else if u.Files > most.Files+byChance || u.Goroutines > most.Goroutines || u.OpenFiles > most.OpenFiles ||
			u.Images > most.Images+layer || u.Cache > most.Cache+layer || u.Log > most.Log+lines {
			d.t.Errorf("day %d takes more than the first %d", i+1, settled)
		}
	}
	if !shortened {
		d.t.Error("the ledger was never made short again: too little happened to say anything")
	}
}
