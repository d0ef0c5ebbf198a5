package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/server/servertest"
)

// hubs are imgservers that convert what a registry has, each a process of its own.
type hubs struct {
	t        *testing.T
	registry *testRegistry
	images   string
	each     []*servertest.Process
}

// startHubs starts imgservers, all on one folder.
func startHubs(t *testing.T, n int, args ...string) *hubs {
	t.Helper()
	h := &hubs{t: t, registry: newRegistry(t), images: filepath.Join(t.TempDir(), "images")}
	for range n {
		h.each = append(h.each, started(t, h.images, append(args, "--on-demand", h.registry.host+"/**", "--cache", filepath.Join(t.TempDir(), "cache"))...))
	}
	return h
}

// ask asks for an image as LXD does: for what a name means.
func (h *hubs) ask(ctx context.Context, s *servertest.Process, image string) (answer string) {
	h.t.Helper()
	name := url.PathEscape(h.registry.host + "/library/" + image)
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/1.0/images/aliases/"+name, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	q.Header.Set("User-Agent", "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)")
	r, err := s.Client.Do(q)
	if err != nil {
		h.t.Error(err)
		return ""
	}
	return body(h.t, r)
}

// published are the versions that there are, as folders.
func (h *hubs) published() []string {
	h.t.Helper()
	found, err := filepath.Glob(filepath.Join(h.images, "images", "*", "*", "*", "version.json"))
	if err != nil {
		h.t.Fatal(err)
	}
	return found
}

// within waits for something that has to happen soon.
func (h *hubs) within(what string, holds func() bool) {
	h.t.Helper()
	for end := time.Now().Add(3 * time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("waiting for %s in vain:\n%s", what, &h.each[0].Log)
		}
	}
}

func TestSIGHUPLooksAtTagsNow(t *testing.T) {
	h := startHubs(t, 1, "--every", "24h")
	s := h.each[0]
	h.registry.push("latest", ocitest.Recipe{}.Bake(t))
	before := h.ask(t.Context(), s, "app")
	if !strings.Contains(before, `"target"`) {
		t.Fatalf("it answers %s", before)
	}
	h.registry.push("latest", ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "etc/hello", []byte("another\n"))}}.Bake(t))
	if err := s.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	h.within("the new version", func() bool { return len(h.published()) == 2 })
	h.within("the new answer", func() bool { return h.ask(t.Context(), s, "app") != before })
}

// Whoever looks at the log while an image of gigabytes comes sees what is going on.
func TestTheLogTellsOfAConversionWhenItBegins(t *testing.T) {
	h := startHubs(t, 1)
	s, app := h.each[0], ocitest.Recipe{}.Bake(t)
	layer := oci.DigestOf(app.Layers[0])
	h.registry.push("latest", app)
	meanwhile := ""
	h.registry.hold = func(q *http.Request) {
		if strings.HasSuffix(q.URL.Path, layer) {
			h.within("the layer's line", func() bool { return strings.Contains(s.Log.String(), `msg="fetching a layer"`) })
			meanwhile = s.Log.String()
		}
	}
	h.ask(t.Context(), s, "app")
	for _, want := range []string{
		`msg="converting an image" image=.*/library/app:latest/amd64 .*why="there is none yet" .*layers=1`,
		`msg="fetching a layer" image=.*/library/app:latest/amd64 layer=` + layer + ` bytes=`,
	} {
		if !regexp.MustCompile(want).MatchString(meanwhile) {
			t.Errorf("meanwhile the log has no %s:\n%s", want, meanwhile)
		}
	}
	const ended = `msg="converted an image on demand"`
	if strings.Contains(meanwhile, ended) {
		t.Errorf("the end is said before it:\n%s", &s.Log)
	}
	h.within("the end's line", func() bool { return strings.Contains(s.Log.String(), ended) })
}

// The start says what is missing, and a setting of the instance puts it right.
func TestAnImageWithoutACommandIsConvertedOnDemand(t *testing.T) {
	h := startHubs(t, 1)
	h.registry.push("latest", ocitest.Recipe{Config: map[string]any{"config": map[string]any{}}}.Bake(t))
	if got := h.ask(t.Context(), h.each[0], "base"); !strings.Contains(got, `"target"`) {
		t.Errorf("it answers %s", got)
	}
}

// Two servers behind one name, or an old one that still ends: each is asked for an
// image that is being converted by the other.
func TestTwoServersOfOneFolderConvertOneDemandOnce(t *testing.T) {
	h := startHubs(t, 2)
	app := ocitest.Recipe{}.Bake(t)
	h.registry.push("latest", app)
	var both sync.WaitGroup // have their question
	both.Add(len(h.each))
	h.registry.hold = func(q *http.Request) {
		if q.Method == http.MethodGet {
			both.Wait()
		}
	}
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { both.Done() }})
	answers := make([]string, len(h.each))
	var all sync.WaitGroup
	for i, s := range h.each {
		all.Go(func() { answers[i] = h.ask(ctx, s, "app") })
	}
	all.Wait()
	for _, answer := range answers {
		if answer != answers[0] || !strings.Contains(answer, `"target"`) {
			t.Errorf("they answer %s", answers)
		}
	}
	if n := len(h.published()); n != 1 {
		t.Errorf("%d versions are published", n)
	}
	if n := h.registry.count("GET " + oci.DigestOf(app.Layers[0])); n != 1 {
		t.Errorf("the layer was fetched %d times", n)
	}
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}
