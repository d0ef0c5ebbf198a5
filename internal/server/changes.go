package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/contents"
	"lxdocker/internal/document"
	"lxdocker/internal/image"
	"lxdocker/internal/server/access"
	"lxdocker/internal/server/web"
)

// What may be asked of the comparing of versions. Names are those that have to be read: an
// image of a distribution has ten thousand, and a million of them take about a second.
const (
	comparedAtOnce  = 1         // by all clients together
	comparesWaiting = 16        // of all clients
	comparesEach    = 2         // of one client, with the one that is being made
	namesPerMinute  = 3_000_000 // of one client
	namesAtLeast    = 10_000    // that each comparing counts as
	maxComparing    = 1000      // clients that are remembered
	comparedKept    = 64        // results
)

// comparer says in what versions differ, and keeps what it said.
type comparer struct {
	store Store
	now   func() time.Time
	place chan struct{}

	mu      sync.Mutex
	minute  time.Time // of spent
	spent   map[netip.Prefix]int
	waiting map[netip.Prefix]int
	all     int // that wait
	known   map[pair]contents.Changes
	order   []pair // of known, the oldest first
}

// pair are two versions: their serials may come again, their images do not.
type pair struct {
	from, to           image.ID
	fromPrint, toPrint string
}

func newComparer(s Store) *comparer {
	return &comparer{
		store: s, now: time.Now, place: make(chan struct{}, comparedAtOnce),
		spent: map[netip.Prefix]int{}, waiting: map[netip.Prefix]int{}, known: map[pair]contents.Changes{},
	}
}

// tooMuch says how long a client has to wait.
type tooMuch struct{ wait time.Duration }

func (e *tooMuch) Error() string {
	return fmt.Sprintf("%v: ask again in %v", web.ErrBusy, e.wait)
}

func (e *tooMuch) Unwrap() error { return web.ErrBusy }

// compare says in what two versions differ. It is fs.ErrNotExist if that was not noted of one
// of them.
func (c *comparer) compare(ctx context.Context, client netip.Addr, from, to image.Version) (contents.Changes, error) {
	of := pair{from.ID(), to.ID(), from.Fingerprint, to.Fingerprint}
	who := family(client)
	known, ok, err := c.enter(of, who)
	if ok || err != nil {
		return known, err
	}
	defer c.leave(who)
	select {
	case c.place <- struct{}{}:
		defer func() { <-c.place }()
	case <-ctx.Done():
		return contents.Changes{}, context.Cause(ctx)
	}
	c.mu.Lock()
	known, ok = c.known[of]
	c.mu.Unlock()
	if ok { // whoever was before has asked for the same
		return known, nil
	}
	made, err := c.read(ctx, of)
	c.count(who, made.Names)
	if err == nil {
		c.keep(of, made)
	}
	return made, err
}

// enter lets a client wait, unless the answer is known or it has to come back.
func (c *comparer) enter(of pair, who netip.Prefix) (known contents.Changes, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok = c.known[of]; ok {
		return known, true, nil
	}
	now := c.now()
	if now.Sub(c.minute) >= time.Minute || now.Before(c.minute) || len(c.spent) >= maxComparing {
		c.minute, c.spent = now, map[netip.Prefix]int{}
	}
	if c.spent[who] >= namesPerMinute {
		return known, false, &tooMuch{time.Minute - now.Sub(c.minute)}
	}
	if c.all >= comparesWaiting || c.waiting[who] >= comparesEach {
		return known, false, &tooMuch{time.Second}
	}
	c.all++
	c.waiting[who]++
	return known, false, nil
}

func (c *comparer) leave(who netip.Prefix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.waiting[who]--; c.waiting[who] == 0 {
		delete(c.waiting, who)
	}
}

func (c *comparer) count(who netip.Prefix, names int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spent[who] += max(names, namesAtLeast)
}

func (c *comparer) keep(of pair, made contents.Changes) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.order) == comparedKept {
		delete(c.known, c.order[0])
		c.order = c.order[1:]
	}
	c.known[of], c.order = made, append(c.order, of)
}

func (c *comparer) read(ctx context.Context, of pair) (made contents.Changes, err error) {
	from, err := c.store.OpenContents(ctx, of.from)
	if err != nil {
		return made, err
	}
	defer from.Close()
	to, err := c.store.OpenContents(ctx, of.to)
	if err != nil {
		return made, err
	}
	defer to.Close()
	return contents.Compare(ctx, from, to)
}

// family is what one client can change of its address at will: the last half of one of IPv6.
func family(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

// changes shows people in what two versions of an image differ.
func (s *routes) changes(w http.ResponseWriter, r *http.Request, name string) {
	form := r.URL.Query()
	ctx := context.WithValue(r.Context(), clientKey{}, access.Address(r))
	s.show(w, r, "text/html; charset=utf-8", func(c *catalog.Catalog) (*document.Document, error) { return s.web.Changes(ctx, c, r.Host, name, form) })
}

// clientKey is that of who asks for a page, in its context.
type clientKey struct{}

// compared is web.Options.Compare.
func (c *comparer) compared(ctx context.Context, from, to image.Version) (contents.Changes, error) {
	client, _ := ctx.Value(clientKey{}).(netip.Addr)
	return c.compare(ctx, client, from, to)
}

// busy answers a client that has to come back; false if err is of another kind.
func busy(w http.ResponseWriter, err error) bool {
	var e *tooMuch
	if !errors.As(err, &e) {
		return false
	}
	w.Header().Set("Retry-After", fmt.Sprint(max(1, int(e.wait.Seconds()))))
	fail(w, http.StatusTooManyRequests, "too many versions were to be compared: load the page again later")
	return true
}
