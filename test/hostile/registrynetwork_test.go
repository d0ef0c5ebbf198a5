package hostile

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// TestARegistryLeadsIntoNoNetworkOfTheServer: by a redirect, or by the address of its token
// service, a registry names hosts that only the server can reach.
func TestARegistryLeadsIntoNoNetworkOfTheServer(t *testing.T) {
	t.Parallel()
	var reached atomic.Int32
	inside := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "secret", http.StatusForbidden)
	}))
	inside.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			reached.Add(1)
		}
	}
	inside.Start()
	defer inside.Close()
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	var to string
	var byToken bool
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case byToken:
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+to+`",service="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path != "/v2/":
			http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		}
	}))
	defer evil.Close()
	host := strings.TrimPrefix(evil.URL, "http://")
	v, tries := newVictim(t, newShelf(t), "--on-demand", host+"/*", "--per-client", "0"), 0
	for _, scheme := range []string{"http://", "https://"} {
		for _, at := range []string{"127.0.0.1", "localhost", "127.1.2.3", "[::ffff:127.0.0.1]", "0.0.0.0"} {
			for _, byToken = range []bool{false, true} {
				to = scheme + net.JoinHostPort(strings.Trim(at, "[]"), port) + "/latest/meta-data"
				tries++
				got, _ := v.named(fmt.Sprint(host, "/x", tries)) // what failed is remembered
				if !strings.HasPrefix(got, "refused: ") || strings.Contains(got, "secret") {
					t.Errorf("sent to %s, the attacker got: %s", to, got)
				}
				t.Logf("sent to %s, the attacker got: %s", to, got)
			}
		}
	}
	if n := reached.Load(); n > 0 {
		t.Errorf("the server inside was reached %d times", n)
	}
}
