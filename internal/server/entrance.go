package server

import (
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"lxdocker/internal/imageapi"
	"lxdocker/internal/server/access"
	"lxdocker/internal/server/forwarded"
)

// entrance finds out who asks, if a proxy does so for others, and takes the path prefix off.
// What follows, the access log included, sees the client's address, and not the prefix, which
// may be a secret.
type entrance struct {
	proxies access.Networks
	prefix  string // "" or like /SECRET
	inside  http.Handler
	own     http.Handler                             // the same for questions of this program itself, which the rules do not concern
	refuses func(next http.HandlerFunc) http.Handler // logs and counts a request that gets no further
}

func (e *entrance) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Context().Value(ownQuestion{}) != nil {
		e.own.ServeHTTP(w, r)
		return
	}
	peer := access.Address(r)
	identify(w, r, e.proxies.Contain(peer))
	r, _ = access.Visit(r)
	origin, err := forwarded.Of(r.Header, peer, e.proxies.Contain)
	if err != nil {
		e.refuses(func(w http.ResponseWriter, r *http.Request) { refuse(w, r, http.StatusBadRequest, err.Error()) }).ServeHTTP(w, r)
		return
	}
	if len(e.proxies) > 0 && origin.Client.IsValid() {
		r.RemoteAddr = net.JoinHostPort(origin.Client.String(), "0")
	}
	host := r.Host
	if origin.Plain && hostOnly(host) {
		to := "https://" + host + r.URL.RequestURI()
		e.refuses(func(w http.ResponseWriter, r *http.Request) { redirect(w, http.StatusTemporaryRedirect, to) }).ServeHTTP(w, r)
		return
	}
	switch rest, err := e.below(r.URL); {
	case errors.Is(err, errSlash):
		r.URL = &url.URL{Path: "/"} // for the log
		e.refuses(func(w http.ResponseWriter, r *http.Request) { redirect(w, http.StatusPermanentRedirect, e.prefix+"/") }).ServeHTTP(w, r)
	case err != nil:
		e.refuses(func(w http.ResponseWriter, r *http.Request) { fail(w, http.StatusNotFound, "there is nothing here") }).ServeHTTP(w, r)
	default:
		r.URL = rest
		e.inside.ServeHTTP(w, r)
	}
}

var (
	errOutside = errors.New("this is not below the prefix")
	errSlash   = errors.New("this is the prefix without its last slash")
)

// below is a URL without the prefix. How long it takes does not say how much of a wrong
// prefix is right.
func (e *entrance) below(u *url.URL) (*url.URL, error) {
	if e.prefix == "" {
		return u, nil
	}
	path := u.EscapedPath()
	n := len(e.prefix)
	if len(path) < n || subtle.ConstantTimeCompare([]byte(path[:n]), []byte(e.prefix)) != 1 {
		return nil, errOutside
	}
	rest := path[n:]
	switch {
	case rest == "":
		return nil, errSlash
	case rest[0] != '/':
		return nil, errOutside
	}
	plain, err := url.PathUnescape(rest)
	if err != nil {
		return nil, errOutside
	}
	below := *u
	below.Path, below.RawPath = plain, rest
	return &below, nil
}

func redirect(w http.ResponseWriter, status int, to string) {
	w.Header().Set("Location", to)
	fail(w, status, "this is at "+to)
}

// refuse answers a request that may not be served, in the words of whoever asks.
func refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	path, _ := strings.CutPrefix(r.URL.EscapedPath(), "/")
	switch kindOf(path) {
	case kindAPI, kindList, kindImage, kindExport:
		imageapi.Refuse(w, status, text)
	default:
		fail(w, status, text)
	}
}
