//go:build e2e

package hub

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// TestKilledInTheMiddle: imgserver is killed while it converts, and started
// again. It takes the conversion up by itself, and nothing half-made is left.
func TestKilledInTheMiddle(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	half, held := make(chan struct{}, 10), make(chan struct{})
	p.set(func(r *http.Request) {
		if strings.Contains(r.URL.Path, "/nginx/blobs/") {
			half <- struct{}{}
			<-held // all layers at once, so none is ready
		}
	})
	s := newSite(t, p.host)
	asked := make(chan error, 1)
	go func() {
		_, err := s.ask(context.Background(), "/1.0/images/aliases/"+url.PathEscape("library/nginx"), agent)
		asked <- err
	}()
	<-half
	s.Kill()
	if err := <-asked; err == nil {
		t.Error("the client was answered by a server that is dead")
	}
	p.set(nil)
	close(held)
	s.start()
	until(t, time.Minute, "converted by itself", func() bool { return strings.Contains(s.Output(), "converted an image on demand") })
	if !strings.Contains(s.Output(), "taking up a conversion that was broken off") {
		t.Error("the log does not say what it does")
	}
	each(t, func(t *testing.T, d testbed.Daemon) {
		shows(t, testbed.LaunchIn(t, s.client(t, d), "hub:nginx", "killed"), first)
	})
	s.whole(t)
	if left := s.leftovers(t); len(left) > 0 {
		t.Errorf("%v is left in the store", left)
	}
}

// TestTheEndIsClean: waiting clients are told so when the server is asked to end.
func TestTheEndIsClean(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	waiting, held := make(chan struct{}, 10), make(chan struct{})
	defer close(held)
	p.set(func(r *http.Request) {
		if strings.Contains(r.URL.Path, "/blobs/") {
			waiting <- struct{}{}
			select {
			case <-held:
			case <-r.Context().Done():
			}
		}
	})
	s := newSite(t, p.host)
	told := make(chan answer, 1)
	go func() {
		a, err := s.ask(context.Background(), "/1.0/images/aliases/nginx", agent)
		if err != nil {
			t.Error(err)
		}
		told <- a
	}()
	<-waiting
	began := time.Now()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if a := <-told; a.status != http.StatusServiceUnavailable || !strings.Contains(a.Error, "being stopped or restarted") {
		t.Errorf("the client is told %d %q", a.status, a.Error)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v to end", took)
	}
}

// TestRunsOfSpecsGoOnBeside: a lxdocker that holds the store's lock for hours
// keeps no client waiting, and neither removes what the other one made.
func TestRunsOfSpecsGoOnBeside(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := newSite(t, p.host)
	other := newRun(t, s, p)
	s.alias(t, "library/nginx") // while the other one waits for its layers
	other.finish(t)
	for _, name := range []string{"nginx", "own"} {
		if len(s.alias(t, name)) != 64 {
			t.Errorf("%s is gone", name)
		}
	}
	s.whole(t)
	each(t, func(t *testing.T, d testbed.Daemon) {
		d = s.client(t, d)
		if out, err := d.Run(t.Context(), "image", "info", "hub:own"); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
