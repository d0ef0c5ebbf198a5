package access

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/netip"
	"time"

	"lxdocker/internal/imageapi"
	"lxdocker/internal/ratelimit"
)

// Rules say who may use a server.
type Rules struct {
	Allow   Networks // only clients with these addresses; none: all
	Users   *Users   // only who can log in as one of them; nil: everybody
	NoLogin Networks // clients with these addresses need no login

	Log *slog.Logger
	Now func() time.Time // nil: time.Now
	// Refuse answers a request that may not be served.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, text string)
}

// Visitor is what is known of who asks.
type Visitor struct {
	User string // "" if nobody has logged in
}

type key struct{}

// Visit gives a request a visitor, about whom the guard will say more.
func Visit(r *http.Request) (*http.Request, *Visitor) {
	v := &Visitor{}
	return r.WithContext(context.WithValue(r.Context(), key{}, v)), v
}

// VisitorOf is the visitor of a request.
func VisitorOf(r *http.Request) Visitor {
	if v, ok := r.Context().Value(key{}).(*Visitor); ok {
		return *v
	}
	return Visitor{}
}

// Address is that of a request, as a proxy may have told it; the zero one if there is none.
func Address(r *http.Request) netip.Addr {
	a, _ := netip.ParseAddr(imageapi.AddressOf(r))
	return a.Unmap().WithZone("")
}

// wrongLogins is how many a client may have.
var wrongLogins = ratelimit.Rate{Most: 10, In: 100 * time.Second}

// Restrict says whether the rules keep anybody out.
func (rules Rules) Restrict() bool { return len(rules.Allow) > 0 || rules.Users != nil }

// Guard lets those requests through to next that the rules allow. It counts wrong logins in
// failures, where rules that take its place find them.
func (rules Rules) Guard(next http.Handler, failures *ratelimit.Limiter) http.Handler {
	if !rules.Restrict() {
		return next
	}
	if rules.Now == nil {
		rules.Now = time.Now
	}
	return &guard{Rules: rules, failures: failures, next: next}
}

type guard struct {
	Rules
	failures *ratelimit.Limiter
	next     http.Handler
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address := Address(r)
	if len(g.Allow) > 0 && !g.Allow.Contain(address) {
		g.Refuse(w, r, http.StatusForbidden, "this server is not for clients with your address")
		return
	}
	if g.Users != nil {
		name, password, given := r.BasicAuth()
		switch {
		case given:
			if !g.login(w, r, name, password) {
				return
			}
			if v, ok := r.Context().Value(key{}).(*Visitor); ok {
				v.User = name
			}
		case !g.NoLogin.Contain(address):
			g.unauthorized(w, r, "this server needs a login")
			return
		}
	}
	g.next.ServeHTTP(w, r)
}

// login says whether a login is right, and answers if it is not.
func (g *guard) login(w http.ResponseWriter, r *http.Request, name, password string) bool {
	client := imageapi.ClientOf(r)
	wait := g.failures.Wait(client, wrongLogins, g.Now())
	if wait == 0 {
		right, hash, sum, version := g.Users.remembered(name, password)
		if right {
			return true
		}
		// It counts as wrong while it is checked: or of many at once more would be checked than
		// of one after the other.
		if wait = g.failures.Take(client, wrongLogins, g.Now()); wait == 0 {
			right, err := g.Users.compare(r.Context(), hash, password)
			switch {
			case err != nil: // the client is gone, and who knows what it would have been
				g.Refuse(w, r, http.StatusServiceUnavailable, "the login could not be checked")
			case right:
				g.failures.Return(client)
				g.Users.remember(sum, version)
				return true
			default:
				g.failed(client, name)
				g.unauthorized(w, r, "user or password is wrong")
			}
			return false
		}
	}
	w.Header().Set("Retry-After", fmt.Sprintf("%.0f", math.Ceil(wait.Seconds())))
	g.Refuse(w, r, http.StatusTooManyRequests, "too many wrong logins: ask again later")
	return false
}

// failed logs a wrong login. A name that no user has may be a password.
func (g *guard) failed(client, name string) {
	if !g.Users.Has(name) {
		name = "(unknown)"
	}
	attrs := []any{"client", client, "user", name}
	if g.failures.Wait(client, wrongLogins, g.Now()) > 0 {
		attrs = append(attrs, "refused", "further logins of this client")
	}
	g.Log.Warn("a login was wrong", attrs...)
}

func (g *guard) unauthorized(w http.ResponseWriter, r *http.Request, text string) {
	w.Header().Set("WWW-Authenticate", `Basic realm="imgserver", charset="UTF-8"`)
	g.Refuse(w, r, http.StatusUnauthorized, text)
}
