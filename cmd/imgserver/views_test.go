package main

import (
	"context"
	"log/slog"
	"net/netip"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/config"
	"lxdocker/internal/hub"
	"lxdocker/internal/server/web"
	"lxdocker/internal/store"
)

func TestRightsDivideTheHub(t *testing.T) {
	o := &config.DemandFlags{
		OnDemand: []string{"library/*"}, OnDemandFor: []string{"10.0.0.0/8=quay.io/**", "10.1.0.0/16=ghcr.io/a/*", "alice=ghcr.io/a/*", "2001:db8::1=**"},
		Deny: []string{"quay.io/secret/*"},
	}
	rights, err := o.Rights()
	if err != nil {
		t.Fatal(err)
	}
	policy, err := o.Policy()
	if err != nil {
		t.Fatal(err)
	}
	h := hub.New(t.Context(), hub.Options{
		Rules: hub.Rules{Policy: policy}, Journal: filepath.Join(t.TempDir(), "asked.json"), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Snapshot: func(context.Context) (*store.Snapshot, error) { return store.NewSnapshot(nil, nil), nil },
	})
	v := &views{h, rights, o.Allowed, func() web.Activity { return web.Activity{} }}
	for name, test := range map[string]struct {
		from, user string
		quay, ghcr bool
	}{
		"a stranger":              {"192.0.2.1", "", false, false},
		"somebody in a range":     {"10.0.0.1", "", true, false},
		"somebody in two ranges":  {"10.1.0.1", "", true, true},
		"alice":                   {"192.0.2.1", "alice", false, true},
		"bob":                     {"192.0.2.1", "bob", false, false},
		"an address with a right": {"2001:db8::1", "", true, true},
		"another one beside it":   {"2001:db8::2", "", false, false},
	} {
		view := v.View(v.Of(netip.MustParseAddr(test.from), test.user))
		for ref, want := range map[string]bool{"nginx": true, "quay.io/a/b": test.quay, "ghcr.io/a/b": test.ghcr, "quay.io/secret/x": false} {
			if _, allowed := view.Hub.Product(ref, "amd64"); allowed != want {
				t.Errorf("%s may ask for %s: %v", name, ref, allowed)
			}
			if _, err := view.Try(ref); (err == nil) != want {
				t.Errorf("%s tries %s: %v", name, ref, err)
			}
		}
	}
}
