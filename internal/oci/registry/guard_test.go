package registry

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"lxdocker/internal/oci/ocitest"
)

func TestWhatIsAPublicAddress(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "2606:4700:4700::1111": true, "2002:101:101::1": true, "64:ff9b::1.1.1.1": true, "::ffff:8.8.8.8": true,
		"127.0.0.1": false, "::1": false, "0.0.0.0": false, "::": false, "0.1.2.3": false, "10.1.2.3": false, "172.16.0.1": false,
		"192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "198.18.0.1": false, "192.0.0.8": false,
		"224.0.0.1": false, "239.1.1.1": false, "255.255.255.255": false, "240.0.0.1": false, "::ffff:10.0.0.1": false,
		"fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "fec0::1": false,
		"64:ff9b::10.0.0.1": false, "64:ff9b:1::169.254.169.254": false, "2002:7f00:1::1": false, "::127.0.0.1": false, "2001:db8::1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("public(%s) = %v", text, got)
		}
	}
}

// naming is what people have named for a guard.
func naming(hosts ...string) func() []string { return func() []string { return hosts } }

func TestTheGuardLooksAtWhatIsDialed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "::ffff:127.0.0.1"} { // a name, too
		address := net.JoinHostPort(host, port)
		if c, err := newGuard(naming()).dial(t.Context(), "tcp", address); err == nil || !strings.Contains(err.Error(), "network of this server's own") {
			t.Errorf("dialing %s: %v, %v", address, c, err)
		}
		if strings.HasPrefix(host, "::ffff:") {
			continue // whoever names a host writes it as oci.CanonicalHost does
		}
		for _, named := range []string{host, address} {
			c, err := newGuard(naming(named)).dial(t.Context(), "tcp", address)
			if err != nil {
				t.Errorf("dialing %s, of which %s is named: %v", address, named, err)
				continue
			}
			_ = c.Close()
		}
		if _, err := newGuard(naming(net.JoinHostPort(host, "1"))).dial(t.Context(), "tcp", address); err == nil {
			t.Errorf("dialing %s, of which another port is named", address)
		}
	}
	t.Setenv("HTTPS_PROXY", l.Addr().String())
	c, err := newGuard(naming()).dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatalf("dialing this machine's proxy: %v", err)
	}
	_ = c.Close()
}

func TestTheGuardKnowsNamesBehindAProxy(t *testing.T) {
	for authority, want := range map[string]bool{
		"ghcr.io": true, "ghcr.io:5000": true, "1.1.1.1": true,
		"localhost": false, "127.0.0.1:80": false, "[::1]": false, "192.168.1.1:5000": false, "169.254.169.254": false,
		"lan.example": true, "10.0.0.1:5000": true,
	} {
		if err := newGuard(naming("10.0.0.1")).check(authority); (err == nil) != want {
			t.Errorf("%s: %v", authority, err)
		}
	}
}

func TestPrivilegesAreForTheRegistryItself(t *testing.T) {
	in, err := newInsecure([]string{"lan.example:5000"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		registry, url string
		want          bool
	}{
		{"127.0.0.1:5000", "http://127.0.0.1:5000/v2/", true},
		{"127.0.0.1:5000", "http://localhost:5001/token", true}, // the same machine
		{"lan.example:5000", "http://lan.example:5000/v2/", true},
		{"ghcr.io", "https://localhost/token", false},
		{"ghcr.io", "http://127.0.0.1:8500/v1/kv", false},
		{"lan.example:5000", "https://localhost/token", false},
		{"lan.example:5000", "https://lan.example:5001/token", false},
	} {
		req := httptest.NewRequestWithContext(forRegistry(t.Context(), c.registry), http.MethodGet, c.url, nil)
		if got := in.allows(req); got != c.want {
			t.Errorf("for %s, %s may be unverified: %v", c.registry, c.url, got)
		}
		if err := in.check(req); errors.Is(err, errPolicy) != (req.URL.Scheme == "http" && !c.want) {
			t.Errorf("for %s, %s: %v", c.registry, c.url, err)
		}
	}
}

// As GitLab is reached by its address: the registry and its token service have one address
// and two ports.
func TestATokenServiceMayHaveAPortOfItsOwn(t *testing.T) {
	reg, service := newServer(t), newServer(t)
	reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
	k := &tokens{user: "u", password: "p"}
	service.inject(k.fault(service))
	reg.inject(func(w http.ResponseWriter, r *http.Request, h http.Handler) bool { return k.fault(service)(w, r, h) })
	client := newTestClient(t)
	client.keychains = append(client.keychains, login{Username: "u", Password: "p"})
	if _, err := client.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64); err != nil {
		t.Fatal(err)
	}
	if asked := service.requests(); len(asked) == 0 || asked[0] != "GET /token" {
		t.Errorf("the token service was asked %q", asked)
	}
	k.password = "changed"
	client = newTestClient(t)
	client.keychains = append(client.keychains, login{Username: "u", Password: "p"})
	_, err := client.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	ocitest.MustSay(t, err, "incorrect username or password")
}

func TestWordsOfWhereARegistryRedirectsToAreNotRepeated(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "secret", http.StatusForbidden)
	}))
	defer secret.Close()
	reg := newServer(t)
	reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
	elsewhere := strings.Replace(secret.URL, "127.0.0.1", "localhost", 1)
	reg.inject(func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if !strings.Contains(r.URL.Path, "/manifests/") {
			return false
		}
		http.Redirect(w, r, elsewhere, http.StatusTemporaryRedirect)
		return true
	})
	_, err := newTestClient(t).Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("it says %v", err)
	}
}
