package server

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"lxdocker/internal/image"
	"lxdocker/internal/imageapi"
	"lxdocker/internal/server/access"
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
	Describe(ctx context.Context, id image.ID) (image.Version, error)
	OpenContents(ctx context.Context, id image.ID) (io.ReadCloser, error)
}

// Options are what a server works with.
type Options struct {
	Store Store
	Log   *slog.Logger // nil: nowhere

	Hub      imageapi.Hub // gets images that the store does not have; nil: nobody does
	OnDemand []string     // what the hub may be asked for, for people: patterns of references

	// Fingerprint is that of the certificate, for people. nil: nobody knows it.
	Fingerprint func() string

	// Activity is what is being converted, as a client (imageapi.ClientOf) may know it, for
	// people; nil: nothing ever is. Try says which
	// reference a name means that the hub may be asked for, or why it may not; nil: there is
	// nobody to say that.
	Activity func(client string) web.Activity
	Try      func(name string) (reference string, err error)

	// Offers says whether clients may have a version that the store has: a policy may have
	// become narrower since it was made. nil: all.
	Offers func(image.Version) bool

	// Downloaded is told of versions of the hub that clients fetch files of: those of
	// simplestreams never ask for a name, and others may know a fingerprint. nil: nobody is.
	Downloaded func(image.Version)

	// Fresh returns what a client gets that asks for an image of a spec, as that of the
	// Hub does for its images. nil: what is there.
	Fresh func(ctx context.Context, v image.Version, waits bool) image.Version

	// Views divide the hub among clients: what a view has takes the place of the fields of
	// the same names. nil: all have the same.
	Views Views

	Access  access.Rules    // who may use the server; Log and Refuse are not needed
	Proxies access.Networks // whose word counts for who asks
	Prefix  string          // like /SECRET: all is below it, and else is nothing; "": there is none

	// Observer is told of requests. nil: nobody is.
	Observer Observer

	// Ending is closed when the server is about to end: clients that wait for the hub are
	// told to come back. Close it when the context of Serve ends, because Serve waits for
	// running requests. nil: never.
	Ending <-chan struct{}
}

func newRoutes(o Options, v View, streams events, compares *comparer) *routes {
	r := &routes{
		store: o.Store, log: o.Log, downloaded: o.Downloaded,
		web: web.New(web.Options{
			OnDemand: v.Hub != nil, Patterns: v.OnDemand, Prefix: o.Prefix, Logins: o.Access.Users != nil, Fingerprint: o.Fingerprint, Activity: v.Activity, Try: v.Try, Told: imageapi.Told,
			Describe: o.Store.Describe, Compare: compares.compared,
		}),
		events: streams,
		offer:  newOffer(o.Store, v.Offers, o.Log), index: newRendered(simplestreams.Index()), images: newRendered(simplestreams.Images()),
		shared: "public",
	}
	if o.Views != nil || o.Access.Restrict() {
		r.shared = "private" // a cache on the way does not know who may have it
	}
	r.api = imageapi.New(imageapi.Options{
		Catalog: r.offer.now, Open: o.Store.OpenFile, Check: o.Store.Check, Hub: v.Hub, Fresh: o.Fresh, Fetched: r.fetched, Private: r.shared == "private", Ending: o.Ending, Log: o.Log,
	})
	return r
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
	shared        string // whether caches that many share may keep files: public or private
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
	case kindDiffer:
		s.changes(w, r, strings.TrimSuffix(strings.TrimPrefix(path, web.ImagePrefix), web.ChangesSuffix))
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

// fail answers with a plain sentence, and the name of the request if that is an error.
func fail(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	if id := h.Get(imageapi.RequestID); id != "" && status >= http.StatusBadRequest {
		text += " (request " + id + ")"
	}
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	http.Error(w, text, status)
}
