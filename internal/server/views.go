package server

import (
	"net/http"
	"net/netip"
	"sync"

	"lxdocker/internal/image"
	"lxdocker/internal/imageapi"
	"lxdocker/internal/server/access"
	"lxdocker/internal/server/web"
)

// Views are of a hub that some clients may ask for more than others. Clients of one view see
// the same images. There are few: the memory of each grows with the catalog.
type Views interface {
	Of(client netip.Addr, user string) (name string) // of the view of a client
	View(name string) View
}

// View is what some clients may ask for.
type View struct {
	Hub      imageapi.Hub
	OnDemand []string                 // what the hub may be asked for, for people
	Offers   func(image.Version) bool // of what the store has; nil: all
	Activity func(client string) web.Activity
	Try      func(name string) (reference string, err error)
}

// divided gives each client the routes of its view.
type divided struct {
	views Views
	make  func(View) *routes

	mu   sync.Mutex
	made map[string]*routes
}

func (d *divided) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.of(d.views.Of(access.Address(r), access.VisitorOf(r).User)).ServeHTTP(w, r)
}

func (d *divided) of(name string) *routes {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.made[name] == nil {
		if d.made == nil {
			d.made = map[string]*routes{}
		}
		d.made[name] = d.make(d.views.View(name))
	}
	return d.made[name]
}
