package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"lxdocker/test/hostile/bomb"
)

// registries are those of attackers: one of bombs, one that is slow, and one that leads
// astray.
type registries struct {
	bombs        *bombs
	slow, astray string // hosts
}

func (r registries) hosts() []string { return []string{r.bombs.host, r.slow, r.astray} }

func (r registries) hostOf(name string) string {
	if slices.Contains([]string{"redirects", "realm", "later"}, name) {
		return r.astray
	}
	return r.slow
}

func openRegistries(ctx context.Context) (r registries, err error) {
	r.bombs = newBombs()
	if r.bombs.host, err = listen(ctx, "127.0.0.1:0", r.bombs); err != nil {
		return r, err
	}
	slow := &slow{bomb.NewRegistry(), ctx}
	l := bomb.NewLayer()
	l.File("file", bomb.Noise(1, 1<<20))
	for _, name := range slowNames {
		slow.Image(name, l.Done().Fresh(name))
	}
	if r.slow, err = listen(ctx, "127.0.0.2:0", slow); err != nil {
		return r, err
	}
	r.astray, err = listen(ctx, "127.0.0.3:0", http.HandlerFunc(astray))
	return r, err
}

// listen serves until the context ends, and says where.
func listen(ctx context.Context, at string, h http.Handler) (host string, err error) {
	l, err := net.Listen("tcp", at)
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h}
	go func() { _ = server.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return l.Addr().String(), nil
}

// bombs has every image of package bomb under every tag, and each is another one.
type bombs struct {
	*bomb.Registry
	host  string
	names []string

	mu    sync.Mutex
	make  map[string]func(tag string)
	there map[string]bool // NAME:TAG
}

func newBombs() *bombs {
	b := &bombs{Registry: bomb.NewRegistry(), make: map[string]func(string){}, there: map[string]bool{}}
	for name, layers := range bomb.Images() {
		b.names = append(b.names, name)
		b.make[name] = func(tag string) {
			var fresh []bomb.Packed
			for _, l := range layers {
				fresh = append(fresh, l.Fresh("fresh-"+tag))
			}
			b.Image(name+":"+tag, fresh...)
		}
	}
	for name, text := range bomb.Manifests() {
		b.names = append(b.names, "manifest-"+name)
		b.make["manifest-"+name] = func(tag string) {
			b.Manifest("manifest-"+name+":"+tag, bomb.Blob{text, bomb.Blank(len(b.there))})
		}
	}
	for name, text := range bomb.Configs() {
		b.names = append(b.names, "config-"+name)
		b.make["config-"+name] = func(tag string) {
			b.Config("config-"+name+":"+tag, bomb.Blob{text, bomb.Blank(len(b.there))})
		}
	}
	return b
}

// ServeHTTP makes the image of a tag when the tag is asked for.
func (b *bombs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, tag, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/manifests/"); ok && !strings.Contains(tag, ":") {
		whole := name + ":" + tag
		b.mu.Lock()
		if !b.there[whole] && b.make[name] != nil {
			b.there[whole] = true
			b.make[name](tag)
		}
		b.mu.Unlock()
		r.URL.Path = "/v2/" + whole + "/manifests/" + tag
	}
	b.Registry.ServeHTTP(w, r)
}

// slowNames are the repositories of registries that are slow or lead astray.
var slowNames = []string{"trickle", "silent", "endless", "reset", "trickling-manifest", "silent-manifest", "redirects", "realm", "later"}

// slow is a registry that never gets to the end.
type slow struct {
	*bomb.Registry
	ctx context.Context
}

func (s *slow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, what, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
	blob := strings.HasPrefix(what, "blobs/") && r.Method == http.MethodGet
	switch {
	case name == "silent-manifest" && !blob:
		<-r.Context().Done()
	case name == "trickling-manifest" && !blob:
		w.Header().Set("Content-Type", "application/json")
		trickle(r.Context(), w, " ")
	case name == "trickle" && blob:
		w.Header().Set("Content-Length", fmt.Sprint(1<<20))
		trickle(r.Context(), w, "\x1f")
	case name == "silent" && blob:
		w.Header().Set("Content-Length", fmt.Sprint(1<<20))
		_, _ = io.WriteString(w, "\x1f\x8b")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	case name == "endless" && blob:
		for zeros := make([]byte, 64<<10); r.Context().Err() == nil; {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	case name == "reset" && blob:
		w.Header().Set("Content-Length", fmt.Sprint(1<<20))
		_, _ = w.Write(make([]byte, 16<<10))
		panic(http.ErrAbortHandler)
	default:
		s.Registry.ServeHTTP(w, r)
	}
}

// trickle sends a byte five times a second.
func trickle(ctx context.Context, w http.ResponseWriter, of string) {
	for ctx.Err() == nil {
		if _, err := io.WriteString(w, of); err != nil {
			return
		}
		w.(http.Flusher).Flush()
		pause(ctx, 200*time.Millisecond)
	}
}

// astray sends whoever asks somewhere else, or to another time.
func astray(w http.ResponseWriter, r *http.Request) {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v2/"), "/")
	switch name {
	case "redirects":
		http.Redirect(w, r, r.URL.Path+"/x", http.StatusTemporaryRedirect)
	case "realm":
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://`+r.Host+`/v2/token/x",service="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	case "later":
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	case "token":
		trickle(r.Context(), w, " ")
	}
}
