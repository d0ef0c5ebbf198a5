package server

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"lxdocker/internal/image"
	"lxdocker/internal/imageapi"
	"lxdocker/internal/server/web"
	"lxdocker/internal/simplestreams"
	"lxdocker/internal/store"
	"lxdocker/internal/version"
)

// Store is what a server needs of a store.
type Store interface {
	Versions(ctx context.Context) (*store.Snapshot, error)
	OpenFile(ctx context.Context, path string) (*store.Published, error)
	Check(ctx context.Context, of ...image.Product) error
}

// Options are what a server works with.
type Options struct {
	Store Store
	Log   *slog.Logger // nil: nowhere

	Hub      imageapi.Hub // gets images that the store does not have; nil: nobody does
	OnDemand []string     // what the hub may be asked for, for people: patterns of references

	// Fingerprint is that of the certificate, for people. nil: nobody knows it.
	Fingerprint func() string

	// Activity is what is being converted, for people; nil: nothing ever is. Try says which
	// reference a name means that the hub may be asked for, or why it may not; nil: there is
	// nobody to say that.
	Activity func() web.Activity
	Try      func(name string) (reference string, err error)

	// Offers says whether clients may have a version that the store has: a policy may have
	// become narrower since it was made. nil: all.
	Offers func(image.Version) bool

	// Downloaded is told of versions of the hub that clients fetch files of: those of
	// simplestreams never ask for a name. nil: nobody is.
	Downloaded func(image.Version)

	// Fresh returns what a client gets that asks for an image of a spec, as that of the
	// Hub does for its images. nil: what is there.
	Fresh func(ctx context.Context, v image.Version, waits bool) image.Version

	// Observer is told of requests. nil: nobody is.
	Observer Observer

	// Ending is closed when the server is about to end: clients that wait for the hub are
	// told to come back. Close it when the context of Serve ends, because Serve waits for
	// running requests. nil: never.
	Ending <-chan struct{}
}

// New returns the handler of all requests.
func New(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	routes := &routes{
		store: o.Store, log: o.Log, downloaded: o.Downloaded,
		web: web.New(web.Options{
			OnDemand: o.Hub != nil, Patterns: o.OnDemand, Fingerprint: o.Fingerprint, Activity: o.Activity, Try: o.Try, Told: imageapi.Told,
		}),
		events: events{places: make(chan struct{}, maxStreams), ending: o.Ending},
		offer:  newOffer(o.Store, o.Offers, o.Log), index: newRendered(simplestreams.Index()), images: newRendered(simplestreams.Images()),
	}
	routes.api = imageapi.New(imageapi.Options{
		Catalog: routes.offer.now, Open: o.Store.OpenFile, Check: o.Store.Check, Hub: o.Hub, Fresh: o.Fresh, Ending: o.Ending, Log: o.Log,
	})
	return &accessLog{log: o.Log, observer: o.Observer, next: &writeDeadlines{next: routes}}
}

type routes struct {
	store         Store
	log           *slog.Logger
	downloaded    func(image.Version)
	offer         *offer
	index, images *rendered
	api           http.Handler
	web           *web.Pages
	events        events
}

// ServeHTTP does not use http.ServeMux: that redirects to cleaned paths and
// matches unescaped ones, and there is nothing here that has two spellings.
func (s *routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Server", "imgserver/"+version.String())
	path, _ := strings.CutPrefix(r.URL.EscapedPath(), "/")
	kind := kindOf(path)
	switch kind {
	case kindAPI, kindList, kindImage, kindExport:
		s.api.ServeHTTP(w, r) // it refuses in words that its clients read
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		fail(w, http.StatusMethodNotAllowed, "only GET and HEAD are known here")
		return
	}
	switch kind {
	case kindPage:
		s.page(w, r)
	case kindView:
		s.view(w, r, strings.TrimPrefix(path, web.ImagePrefix))
	case kindDoing:
		s.activity(w, r)
	case kindEvents:
		s.stream(w, r)
	case kindFeed:
		s.feed(w, r)
	case kindAsset:
		s.asset(w, r, path)
	case kindIcon:
		s.icon(w, r)
	case kindIndex, kindImages:
		s.document(w, r, path)
	case kindFile:
		s.file(w, r, path)
	default:
		fail(w, http.StatusNotFound, "there is nothing here")
	}
}

// fail answers with a plain sentence.
func fail(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	http.Error(w, text, status)
}
