//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// registry is one that says what a test wants, true or not.
type registry struct {
	host   string
	server *httptest.Server

	mu        sync.Mutex
	manifests map[string]document                                     // by "repository:tag" and "repository@digest"
	blobs     map[string][]byte                                       // by digest, which need not be right
	odd       map[string]func(w http.ResponseWriter, r *http.Request) // answers of its own, by a part of the path
	asked     []string                                                // "HEAD /v2/app/manifests/latest"
}

type document struct {
	mediaType string
	data      []byte
}

func newRegistry(t *testing.T) *registry {
	r := &registry{manifests: map[string]document{}, blobs: map[string][]byte{}, odd: map[string]func(http.ResponseWriter, *http.Request){}}
	r.server = httptest.NewServer(r)
	r.host = strings.TrimPrefix(r.server.URL, "http://")
	t.Cleanup(r.close)
	return r
}

// close makes it unreachable.
func (r *registry) close() {
	r.server.CloseClientConnections()
	r.server.Close()
}

func (r *registry) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	path := request.URL.Path
	r.mu.Lock()
	r.asked = append(r.asked, request.Method+" "+path)
	odd := http.HandlerFunc(nil)
	for part, answer := range r.odd {
		if strings.Contains(path, part) {
			odd = answer
		}
	}
	r.mu.Unlock()
	switch repository, kind, name := split(path); {
	case odd != nil:
		odd(w, request)
	case path == "/v2/":
		fmt.Fprint(w, "{}")
	case kind == "manifests":
		r.manifest(w, request, repository, name)
	case kind == "blobs":
		r.blob(w, request, name)
	default:
		refuse(w, http.StatusNotFound, "UNSUPPORTED", "no such path")
	}
}

// split takes "/v2/library/app/manifests/latest" apart.
func split(path string) (repository, kind, name string) {
	words := strings.Split(strings.TrimPrefix(path, "/v2/"), "/")
	if len(words) < 3 {
		return "", "", ""
	}
	last := len(words) - 1
	return strings.Join(words[:last-1], "/"), words[last-1], words[last]
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`, code, message)
}

func (r *registry) manifest(w http.ResponseWriter, request *http.Request, repository, name string) {
	separator := ":"
	if strings.HasPrefix(name, "sha256:") {
		separator = "@"
	}
	r.mu.Lock()
	d, ok := r.manifests[repository+separator+name]
	r.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown to this registry")
		return
	}
	w.Header().Set("Content-Type", d.mediaType)
	w.Header().Set("Docker-Content-Digest", digest(d.data))
	http.ServeContent(w, request, "", time.Time{}, bytes.NewReader(d.data))
}

func (r *registry) blob(w http.ResponseWriter, request *http.Request, name string) {
	r.mu.Lock()
	data, ok := r.blobs[name]
	r.mu.Unlock()
	if !ok {
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown to this registry")
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, request, "", time.Time{}, bytes.NewReader(data))
}

// requests returns what was asked since the last time.
func (r *registry) requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.asked
	r.asked = nil
	return asked
}

// answer makes the registry do something of its own for some paths.
func (r *registry) answer(part string, with func(w http.ResponseWriter, r *http.Request)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.odd[part] = with
}

func digest(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// put keeps a manifest under a tag and its digest, and returns how to point at it.
func (r *registry) put(t *testing.T, repository, tag, mediaType string, manifest any) descriptor {
	t.Helper()
	data, err := json.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.manifests[repository+":"+tag] = document{mediaType, data}
	r.manifests[repository+"@"+digest(data)] = document{mediaType, data}
	return descriptor{MediaType: mediaType, Digest: digest(data), Size: int64(len(data))}
}

// upload keeps a blob.
func (r *registry) upload(data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blobs[digest(data)] = data
}
