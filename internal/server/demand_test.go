package server_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/imageapi"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/store/storetest"
)

// slowHub takes its time, and says when it was asked and when it gave up.
type slowHub struct {
	takes         time.Duration
	version       image.Version
	asked, gaveUp chan struct{}
}

func newSlowHub(takes time.Duration, v image.Version) *slowHub {
	return &slowHub{takes, v, make(chan struct{}, 9), make(chan struct{}, 9)}
}

func (h *slowHub) Product(name, arch string) (image.Product, bool) {
	return image.OnDemand(name, arch), true
}

func (h *slowHub) Image(ctx context.Context, _, _, _ string) (image.Version, error) {
	h.asked <- struct{}{}
	select {
	case <-time.After(h.takes):
		return h.version, nil
	case <-ctx.Done():
		h.gaveUp <- struct{}{}
		return image.Version{}, ctx.Err()
	}
}

func (h *slowHub) Fresh(_ context.Context, v image.Version, _ bool) image.Version { return v }

var _ imageapi.Hub = (*slowHub)(nil)

// overTLS serves over pipes, and TLS as in real life: a deadline that passes once
// breaks such a connection for ever.
func overTLS(t *testing.T, h *slowHub) *http.Client {
	t.Helper()
	s := openStore(t, t.TempDir())
	h.version = storetest.Split(t, s, image.Version{Name: "hub", Architecture: "amd64", Hub: true}, []byte("metadata"), rootfsBytes())
	files, err := certificate.SelfSigned(t.TempDir(), []string{"hub"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	listener := make(pipes, 1)
	srv := &http.Server{Handler: server.New(server.Options{Store: s, Hub: h})}
	go func() { _ = srv.ServeTLS(listener, files.Cert, files.Key) }()
	client := trusting(t, files.Cert)
	t.Cleanup(func() {
		client.CloseIdleConnections()
		srv.Close()
		// Both ends may be saying that TLS ends, each into a pipe that the other one
		// does not read any more; crypto/tls gives up after five seconds.
		time.Sleep(time.Minute)
	})
	client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		listener <- theirs
		return ours, nil
	}
	return client
}

func TestWaitingForTheHubIsNoStandingStill(t *testing.T) { synctest.Test(t, waitingForTheHub) }

func waitingForTheHub(t *testing.T) {
	h := newSlowHub(4*stall, image.Version{})
	client := overTLS(t, h)
	for range 2 { // the connection stays good
		r, err := client.Get("https://hub/1.0/images/aliases/library%2Fnginx")
		if err != nil {
			t.Fatal(err)
		}
		var answer struct{ Metadata struct{ Target string } }
		err = json.NewDecoder(r.Body).Decode(&answer)
		r.Body.Close()
		if err != nil || r.StatusCode != 200 || answer.Metadata.Target != h.version.Fingerprint {
			t.Errorf("got %s, %v, %v", r.Status, answer, err)
		}
		h.takes = 0
	}
}

func TestAClientThatGoesAwayEndsItsWaiting(t *testing.T) { synctest.Test(t, clientThatGoesAway) }

func clientThatGoesAway(t *testing.T) {
	h := newSlowHub(time.Hour, image.Version{})
	client := overTLS(t, h)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	request, err := http.NewRequestWithContext(ctx, "GET", "https://hub/1.0/images/aliases/nginx", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-h.asked
		leave()
	}()
	began := time.Now()
	if _, err := client.Do(request); err == nil {
		t.Error("there is an answer")
	}
	<-h.gaveUp
	if took := time.Since(began); took > stall {
		t.Errorf("the hub was waited for during %v", took)
	}
}

// within fails the test if something does not happen soon.
func within(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(20 * time.Second):
		t.Fatal(what)
	}
}

func TestTheEndOfTheServerEndsWaiting(t *testing.T) {
	t.Parallel()
	listener, cert, options := listenTLS(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	h, ended := newSlowHub(time.Hour, image.Version{}), make(chan struct{})
	options.Handler = server.New(server.Options{Store: openStore(t, t.TempDir()), Hub: h, Ending: ctx.Done()})
	options.Drain = time.Minute
	go func() {
		defer close(ended)
		if err := server.Serve(ctx, listener, options); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	}()
	go func() {
		<-h.asked
		stop()
	}()
	r, err := trusting(t, cert).Get("https://" + listener.Addr().String() + "/1.0/images/nginx")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if r.StatusCode != 503 || err != nil || !strings.Contains(string(body), "being stopped") {
		t.Errorf("got %s %s, %v", r.Status, body, err)
	}
	within(t, "the server does not end", ended)
}

func TestTheAPIIsThatOfTheStoreNow(t *testing.T) {
	f := newFixture(t)
	alias := func() string { return f.ask("GET", "/1.0/images/aliases/nginx").body }
	if !strings.Contains(alias(), f.image.Fingerprint) {
		t.Errorf("the alias is %s", alias())
	}
	a := f.ask("GET", "/1.0/images/"+f.image.Fingerprint+"/export")
	a.expect(t, 200, "Content-Type: multipart/form-data; boundary="+f.image.Fingerprint, "X-Content-Type-Options: nosniff", "Content-Encoding:")
	if !strings.Contains(a.body, string(rootfsBytes())) {
		t.Errorf("the export has %d bytes", len(a.body))
	}
	storetest.Unified(t, f.store, image.Version{Name: "redis", Architecture: "amd64"}, "lxd_combined.tar", []byte("stays"))
	if err := f.store.Retire(t.Context(), time.Now(), f.image); err != nil {
		t.Fatal(err)
	}
	f.ask("GET", "/1.0/images/aliases/nginx").expect(t, 404)
	f.ask("GET", "/1.0/images/"+f.image.Fingerprint).expect(t, 200)
	if _, err := f.store.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Fatal(err)
	}
	// index.json and images.json have not changed by that.
	f.ask("GET", "/1.0/images/"+f.image.Fingerprint).expect(t, 404)
	f.ask("POST", "/1.0/images", "Content-Length: 0").expect(t, 405, "Allow: GET, HEAD", "Content-Type: application/json")
	f.http.Close()
	if !strings.Contains(f.log.String(), "path=/1.0/images/aliases/nginx status=404") {
		t.Errorf("the access log is\n%s", f.log)
	}
}
