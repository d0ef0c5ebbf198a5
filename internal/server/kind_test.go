package server

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
)

func TestKindsOfRequests(t *testing.T) {
	for path, want := range map[string]string{
		"":                                 kindPage,
		"favicon.ico":                      kindIcon,
		"feed.atom":                        kindFeed,
		"activity":                         kindDoing,
		"activity/events":                  kindEvents,
		"image/nginx":                      kindView,
		"image/nginx/changes":              kindDiffer,
		"assets/page-0.css":                kindAsset,
		"image":                            kindOther,
		"streams/v1/index.json":            kindIndex,
		"streams/v1/images.json":           kindImages,
		"images/nginx/amd64/1/rootfs":      kindFile,
		"1.0":                              kindAPI,
		"1.0/":                             kindAPI,
		"1.0/instances":                    kindAPI,
		"1.0/imagesque":                    kindAPI,
		"1.0/images":                       kindList,
		"1.0/images/aliases":               kindList,
		"1.0/images/aliases/export":        kindImage,
		"1.0/images/aliases/a/export":      kindImage,
		"1.0/images/nginx":                 kindImage,
		"1.0/images/ghcr.io/me/app":        kindImage,
		"1.0/images/0123456789ab/export":   kindExport,
		"1.0x":                             kindOther,
		"metrics":                          kindOther,
		"images":                           kindOther,
		"streams/v1/index.json/":           kindOther,
		"..%2fetc/passwd":                  kindOther,
		"1.0/images/aliases/%2e%2e/secret": kindImage,
	} {
		if got := kindOf(path); got != want {
			t.Errorf("%q is of the kind %s, not %s", path, got, want)
		}
	}
}

// heard remembers what an Observer is told.
type heard struct {
	began, ended []string
	status       []int
	bytes        int64
}

func (h *heard) RequestBegan(kind string) { h.began = append(h.began, kind) }

func (h *heard) RequestEnded(kind string, status int, bytes int64, _ time.Duration) {
	h.ended, h.status, h.bytes = append(h.ended, kind), append(h.status, status), h.bytes+bytes
}

func TestAnObserverIsToldOfEachRequest(t *testing.T) {
	s, err := dir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{}
	handler := New(Options{Store: store.Store(s), Observer: h})
	var sent int64
	for _, path := range []string{"/", "/1.0", "/nothing"} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		sent += int64(w.Body.Len())
	}
	kinds := []string{kindPage, kindAPI, kindOther}
	if !slices.Equal(h.began, kinds) || !slices.Equal(h.ended, kinds) || !slices.Equal(h.status, []int{200, 200, 404}) || h.bytes != sent {
		t.Errorf("it was told %+v; %d bytes were sent", h, sent)
	}
}
