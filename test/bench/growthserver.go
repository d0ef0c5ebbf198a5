package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"lxdocker/test/testbed"
)

// answering is a running imgserver and somebody who asks it over one connection,
// so that what a handshake costs is not in the figures.
type answering struct {
	*testbed.Server
	client *http.Client
	began  time.Time
}

func (g growing) serve(s site, more ...string) (*answering, error) {
	address, err := testbed.UnusedAddress()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	server, err := testbed.Serve(g.programs+"/imgserver", address, append([]string{"--lxdimages", s.path("images")}, more...)...)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(server.Certificate)
	if err != nil {
		server.Kill()
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}, DisableCompression: true,
	}}
	return &answering{server, client, began}, nil
}

// request is one question; the answer's size and tag are what it must be for the
// figure to mean something.
type request struct {
	path   string
	header http.Header
	status int
	times  int
}

// ask asks a question and says how long the answer took, to its last byte.
func (s *answering) ask(ctx context.Context, q request) (took time.Duration, tag string, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+q.path, nil)
	if err != nil {
		return 0, "", nil, err
	}
	r.Header = q.header.Clone()
	began := time.Now()
	response, err := s.client.Do(r)
	if err != nil {
		return 0, "", nil, err
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	took = time.Since(began)
	if err == nil && response.StatusCode != max(q.status, http.StatusOK) {
		err = fmt.Errorf("GET %s: %s: %.200s", q.path, response.Status, body)
	}
	return took, response.Header.Get("ETag"), body, err
}

// median asks several times.
func (s *answering) median(ctx context.Context, q request) (time.Duration, error) {
	var all []time.Duration
	for range max(q.times, 3) {
		took, _, _, err := s.ask(ctx, q)
		if err != nil {
			return 0, err
		}
		all = append(all, took)
	}
	slices.Sort(all)
	return all[len(all)/2], nil
}

// awaitNews asks what clients get of the first image until that is something else.
func (s *answering) awaitNews(ctx context.Context) error {
	name := request{path: "/1.0/images/aliases/also-" + image(0), header: http.Header{"User-Agent": {lxdAgent}}}
	before := ""
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		_, _, answer, err := s.ask(ctx, name)
		if err != nil {
			return err
		}
		now := targetOf(answer)
		if before == "" {
			before = now
		}
		if now != before {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("a minute after lxdocker was started, the server has not seen what it was to publish")
		}
	}
}

const (
	imagesJSON = "/streams/v1/images.json"
	lxdAgent   = "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)"
)

// zipped is what LXD and Incus accept: Go's own HTTP client asks for that.
var zipped = http.Header{"Accept-Encoding": {"gzip"}}

// measureServer measures what clients wait for.
func (g growing) measureServer(ctx context.Context, s site, f figures) error {
	server, err := g.serve(s)
	if err != nil {
		return err
	}
	defer server.Kill()
	name := request{path: "/1.0/images/aliases/also-" + image(s.images/2), header: http.Header{"User-Agent": {lxdAgent}}, times: 9}
	if _, _, _, err = server.ask(ctx, name); err != nil {
		return err
	}
	f.add("start until a name is answered", time.Since(server.began))
	if f["images.json, the first time"], _, _, err = server.ask(ctx, request{path: imagesJSON, header: zipped}); err != nil {
		return err
	}
	_, tag, _, err := server.ask(ctx, request{path: imagesJSON, header: zipped})
	if err != nil {
		return err
	}
	_, _, fingerprint, err := server.ask(ctx, name)
	if err != nil {
		return err
	}
	known := zipped.Clone()
	known.Set("If-None-Match", tag)
	for what, q := range map[string]request{
		"a name":                          name,
		"a fingerprint":                   {path: "/1.0/images/" + targetOf(fingerprint), times: 9},
		"images.json, not compressed":     {path: imagesJSON},
		"images.json":                     {path: imagesJSON, header: zipped},
		"images.json, known (304)":        {path: imagesJSON, header: known, status: http.StatusNotModified},
		"/1.0/images?recursion=1":         {path: "/1.0/images?recursion=1", header: zipped},
		"/1.0/images/aliases?recursion=1": {path: "/1.0/images/aliases?recursion=1", header: zipped},
		"the page":                        {path: "/", header: zipped},
		"a file of an image":              {path: "/" + s.file(), times: 9},
		"export of an image":              {path: "/1.0/images/" + targetOf(fingerprint) + "/export", times: 9},
	} {
		if f[what], err = server.median(ctx, q); err != nil {
			return err
		}
	}
	if err := g.publish(ctx, s, 5, f, func() error { return server.awaitNews(ctx) }); err != nil {
		return err
	}
	took, newTag, _, err := server.ask(ctx, request{path: imagesJSON, header: zipped})
	if err != nil {
		return err
	}
	if newTag == tag {
		return fmt.Errorf("the server has not seen what was published")
	}
	f.add("images.json after a publish", took)
	f["memory of the server"] = inBytes(highest(server.PID()))
	return nil
}

// onDemand measures what a client waits for who asks for an image that was not there:
// its conversion and its publication, in a server that runs.
func (g growing) onDemand(ctx context.Context, s site, f figures) error {
	server, err := g.serve(s, append([]string{"--on-demand", "library/*", "--cache", s.path("cache")}, g.flags()...)...)
	if err != nil {
		return err
	}
	defer server.Kill()
	var all []time.Duration
	for n := range 9 {
		took, _, _, err := server.ask(ctx, request{path: fmt.Sprintf("/1.0/images/aliases/library%%2Fnew-%d", n), header: http.Header{"User-Agent": {lxdAgent}}})
		if err != nil {
			return err
		}
		all = append(all, took)
	}
	slices.Sort(all)
	f["convert, publish one on demand"] = all[len(all)/2]
	return nil
}
