//go:build e2e

package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

const (
	first  = "nginx, first edition\n"
	second = "nginx, second edition\n"
)

// TestLaunchOnDemand: nobody wrote a spec, and the image just runs; the second
// time it is there already, whatever its name is spelled like.
func TestLaunchOnDemand(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := newSite(t, p.host)
	each(t, func(t *testing.T, d testbed.Daemon) {
		d = s.client(t, d)
		shows(t, testbed.LaunchIn(t, d, "hub:library/nginx", "cold"), first)
		shows(t, testbed.LaunchIn(t, d, "hub:docker.io/library/nginx:latest", "warm"), first)
		cached, err := d.Run(t.Context(), "image", "list", "--format", "csv", "--columns", "F")
		if err != nil {
			t.Fatal(err)
		}
		if want := s.alias(t, "nginx"); !strings.Contains(cached, want) {
			t.Errorf("the daemon has %q, the server offers %s", cached, want)
		}
		for what, n := range p.counts("GET /v2/library/nginx/blobs/") {
			if n != 1 {
				t.Errorf("%s came %d times", what, n)
			}
		}
	})
}

// TestFiftyClients: all of them want one image that nobody has had yet.
func TestFiftyClients(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := newSite(t, p.host, "--per-client", "1")
	var group sync.WaitGroup
	answers := make([]answer, 50)
	for i := range answers {
		group.Go(func() {
			var err error
			if answers[i], err = s.ask(t.Context(), "/1.0/images/aliases/"+url.PathEscape("library/nginx"), agent); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	want := target(t, answers[0])
	for i, a := range answers {
		if a.status != http.StatusOK || target(t, a) != want {
			t.Errorf("client %d is answered %d %s %s", i, a.status, a.Error, a.Metadata)
		}
	}
	blobs := p.counts("GET /v2/library/nginx/blobs/")
	for what, n := range blobs {
		if n != 1 {
			t.Errorf("%s came %d times", what, n)
		}
	}
	if len(blobs) < 3 {
		t.Errorf("only %v was fetched", blobs)
	}
	const line = "converted an image on demand"
	until(t, time.Minute, "the log tells of a conversion", func() bool { return strings.Contains(s.Output(), line) })
	if n := strings.Count(s.Output(), line); n != 1 {
		t.Errorf("there were %d conversions", n)
	}
	s.exported(t, want)
}

// exported fetches an image as daemons do, and holds it against its fingerprint.
func (s *site) exported(t *testing.T, fingerprint string) {
	t.Helper()
	began := time.Now()
	response, err := s.Client.Get(s.URL + "/1.0/images/" + fingerprint + "/export")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if after := time.Since(began); after > 10*time.Second {
		t.Errorf("its header came after %v: LXD 5.0.2 waits for 30 s", after)
	}
	_, parameters, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	var names []string
	for r := multipart.NewReader(response.Body, parameters["boundary"]); ; {
		part, err := r.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, part.FormName())
		if _, err := io.Copy(sum, part); err != nil {
			t.Fatal(err)
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != fingerprint || strings.Join(names, " ") != "metadata rootfs" {
		t.Errorf("the parts %v make %s, not %s", names, got, fingerprint)
	}
}

// TestFollowing: a tag moves, and everybody has the new image without having
// waited for it.
func TestFollowing(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry, "--every", "1s")
	each(t, func(t *testing.T, d testbed.Daemon) {
		name := "e2e/following-" + strings.ToLower(strings.ReplaceAll(d.Name, " ", ""))
		tag(t, "nginx", name+":stable")
		d = s.client(t, d)
		if _, err := d.Run(t.Context(), "image", "copy", "hub:"+name+":stable", "local:", "--alias", "followed", "--auto-update"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = d.Run(t.Context(), "image", "delete", "followed") })
		before := fingerprint(t, d, "followed")
		tag(t, "nginx-next", name+":stable")
		until(t, time.Minute, "the server has the new image", func() bool { return s.alias(t, name+":stable") != before })
		if _, err := d.Run(t.Context(), "image", "refresh", "followed"); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(s.Output(), "a tag has moved") {
			t.Error("the log does not say that tags have moved")
		}
		if after := fingerprint(t, d, "followed"); after != s.alias(t, name+":stable") {
			t.Errorf("after the refresh the daemon has %s", after)
		}
		shows(t, testbed.LaunchIn(t, d, "followed", "followed"), second)
	})
}

// TestRefusals: what cannot be had is said in a sentence, by the daemons, too.
func TestRefusals(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := newSite(t, p.host, "--on-demand-deny", "library/redis")
	each(t, func(t *testing.T, d testbed.Daemon) {
		d = s.client(t, d)
		for image, want := range map[string]string{
			"library/ngnix":       "404 Not Found", // and the registry's words
			"nginx:no-such-tag":   "404 Not Found", // of the mirror, before the registry itself is asked
			"ghcr.io/me/app":      "ghcr.io/me/app:latest is none of the images that this server converts",
			"redis":               "docker.io/library/redis:latest is none of the images",
			"Not/A/Name":          "did you mean",
			"nginx@sha256:0":      "a digest is sha256: and 64 hexadecimal digits",
			"docker-archive:/etc": "is none of the images",
		} {
			_, err := d.Run(t.Context(), "init", "hub:"+image, "refused")
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v", image, err)
			}
		}
		if len(p.counts("redis")) > 0 {
			t.Error("the registry was asked for what is denied")
		}
	})
}

// TestARegistryThatIsDown: what is known still runs, and what is not fails
// with a word about why.
func TestARegistryThatIsDown(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := newSite(t, p.host, "--every", "1s")
	s.alias(t, "library/nginx")
	p.server.Close()
	until(t, time.Minute, "the server has noticed", func() bool { return strings.Contains(s.Output(), "cannot look at a tag again") })
	each(t, func(t *testing.T, d testbed.Daemon) {
		d = s.client(t, d)
		shows(t, testbed.LaunchIn(t, d, "hub:nginx", "known"), first)
		if _, err := d.Run(t.Context(), "init", "hub:goserver", "unknown"); err == nil || !strings.Contains(err.Error(), "docker.io cannot be reached from here") {
			t.Errorf("an image that is not known: %v", err)
		}
	})
	a, err := s.ask(t.Context(), "/1.0/images/aliases/goserver", agent)
	if err != nil || a.status != http.StatusServiceUnavailable {
		t.Errorf("it is answered %d (%v)", a.status, err)
	}
}
