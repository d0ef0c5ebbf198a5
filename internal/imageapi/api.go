package imageapi

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"lxdocker/internal/arch"
	"lxdocker/internal/catalog"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/version"
)

// Options are what the API works with.
type Options struct {
	Catalog func(context.Context) (*catalog.Catalog, error)                  // what the store offers now
	Open    func(ctx context.Context, path string) (*store.Published, error) // opens a published file, as store.OpenFile does
	Check   func(ctx context.Context, of ...image.Product) error             // as store.Check does; nil: there is no need to
	Hub     Hub                                                              // nil: there is none

	// Fresh does for images of specs what that of a Hub does for its images. nil: they
	// are as they are.
	Fresh func(ctx context.Context, v image.Version, waits bool) image.Version

	// Fetched is told of a request for the files of an image. nil: nobody is.
	Fetched func(r *http.Request, v image.Version)

	// Private says that not everybody may have what is here: caches that many share keep nothing.
	Private bool

	// Ending is closed when the server is about to end. Requests that wait for
	// the hub are then answered with 503. nil: never.
	Ending <-chan struct{}

	Log *slog.Logger // nil: nowhere
}

// New returns the handler of everything below /1.0. It matches escaped paths,
// as names have slashes in them.
func New(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	here, _ := arch.ByClientName(runtime.GOARCH)
	return newAPI(o, cmp.Or(here.Name, "armhf")) // Go does not say which arm it is
}

func newAPI(o Options, architecture string) *api {
	return &api{Options: o, architecture: architecture, lists: &lists{}}
}

type api struct {
	Options
	architecture string // of clients that do not say theirs, in LXD's words: this machine's
	lists        *lists
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		answer(w, nil, refusal{status: http.StatusMethodNotAllowed, text: "this is a public server of images: only GET and HEAD are known here"})
		return
	}
	path, _ := strings.CutPrefix(r.URL.EscapedPath(), "/1.0")
	if path == "" || path == "/" {
		answer(w, about(), nil)
		return
	}
	rest, ok := strings.CutPrefix(path, "/images")
	if !ok || rest != "" && rest[0] != '/' {
		answer(w, nil, errNothing)
		return
	}
	c, err := a.Catalog(r.Context())
	if err != nil {
		if r.Context().Err() == nil { // else the client is gone
			a.Log.Error("cannot read the store", "error", err, "id", w.Header().Get(RequestID))
		}
		answer(w, nil, refusal{status: http.StatusServiceUnavailable, text: "the images cannot be listed now", retryAfter: time.Minute})
		return
	}
	a.images(w, r, c, rest)
}

var errNothing = refusal{status: http.StatusNotFound, text: "there is nothing here: this is a public server of images"}

// images serves what is below /1.0/images.
func (a *api) images(w http.ResponseWriter, r *http.Request, c *catalog.Catalog, path string) {
	if path == "" || path == "/aliases" {
		a.list(w, r, c, path == "/aliases")
		return
	}
	if escaped, ok := strings.CutPrefix(path, "/aliases/"); ok {
		entry, err := a.alias(r, c, escaped)
		a.answer(w, r, entry, err)
		return
	}
	if word, ok := strings.CutSuffix(path[1:], "/export"); ok {
		if !isFingerprint(c, word) && clientOf(r.UserAgent()).commandLine() {
			a.answer(w, r, nil, a.byFingerprint(r, c, word))
			return
		}
		a.export(w, r, c, word)
		return
	}
	word, _, deeper := strings.Cut(path[1:], "/")
	switch {
	case deeper && len(word) == fingerprintDigits && isFingerprint(c, word):
		answer(w, nil, errNothing) // .../refresh and the like, no name
	default:
		i, err := a.image(r, c, path[1:])
		a.answer(w, r, i, err)
	}
}

func about() serverInfo {
	return serverInfo{
		APIExtensions: []string{}, APIStatus: "stable", APIVersion: "1.0",
		Auth: "untrusted", AuthMethods: []string{}, Public: true, Config: map[string]string{},
		Environment: environment{Addresses: []string{}, Server: "imgserver", ServerVersion: version.String()},
	}
}

// alias says which image a name means, unless it is a command line that asks. That
// would hand the name on to its daemon, which takes what it has cached under it, for
// up to six hours (LXD and Incus, daemon_images.go, PreferCached). As it is, it asks
// for the image by name, and hands on the fingerprint: people get what the name
// means now. Copies that shall follow a name (image copy --auto-update) are made by
// name all the same.
func (a *api) alias(r *http.Request, c *catalog.Catalog, escaped string) (aliasEntry, error) {
	// Clients ask for an alias first, whatever it looks like. No registry need
	// be bothered with fingerprints.
	if isFingerprint(c, escaped) {
		return aliasEntry{}, errNoFingerprint(escaped)
	}
	asks := clientOf(r.UserAgent())
	if asks.commandLine() {
		return aliasEntry{}, errByName
	}
	f, err := a.find(r, c, escaped)
	if err != nil {
		return aliasEntry{}, err
	}
	return entryOf(f.name, &f.version, asks), nil
}

// image shows an image by fingerprint or by name. A wrong name gets the same message here
// as for the alias: of the two answers that a client gets, people see only this one (LXD
// 5.0.2 and Incus 7.0, daemon_images.go).
func (a *api) image(r *http.Request, c *catalog.Catalog, escaped string) (imageInfo, error) {
	asks := clientOf(r.UserAgent())
	if isFingerprint(c, escaped) {
		if v, _, ok := c.Fingerprinted(escaped); ok {
			c = a.check(r.Context(), c, v.Product())
		}
		if v, form, ok := c.Fingerprinted(escaped); ok {
			Concerns(r, v.Title())
			return describe(&v, form, asks, c.AliasesOf(form.Fingerprint)), nil
		}
		return imageInfo{}, errNoFingerprint(escaped)
	}
	f, err := a.find(r, c, escaped)
	if err != nil {
		return imageInfo{}, err
	}
	return describe(&f.version, formFor(&f.version, asks), asks, f.aliases), nil
}

// errByName is not shown to people: command lines ask for the image then.
var errByName = refusal{status: http.StatusNotFound, text: "command lines are told what a name means by /1.0/images/NAME"}

func errNoFingerprint(digits string) error {
	return refusal{status: http.StatusNotFound, text: fmt.Sprintf("there is no image with the fingerprint %s here; it may have been replaced by a newer version", digits)}
}
