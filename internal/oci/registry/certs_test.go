package registry

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/oci/ocitest"
)

// privateRegistry is a registry at registry.example.com whose certificate nobody knows,
// and which sends those who want a blob to another name of the same house.
type privateRegistry struct {
	*server
	ca     []byte // PEM
	client *testClient
	config string // of the user
}

func newPrivateRegistry(t *testing.T, clientAuth tls.ClientAuthType, change ...func(*testOptions)) *privateRegistry {
	t.Helper()
	reg := newServer(t)
	reg.push(t, "x", "latest", ocitest.Recipe{Layers: [][]byte{[]byte("layer")}}.Bake(t))
	secure := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/blobs/") && r.Host == "registry.example.com" {
			http.Redirect(w, r, "https://blobs.example.com"+r.URL.Path, http.StatusTemporaryRedirect)
			return
		}
		reg.ServeHTTP(w, r)
	}))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.TLS = &tls.Config{ClientAuth: clientAuth}
	secure.StartTLS()
	t.Cleanup(secure.Close)
	p := &privateRegistry{
		server: reg,
		ca:     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}),
		config: t.TempDir(),
	}
	t.Setenv("XDG_CONFIG_HOME", p.config)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, secure.Listener.Addr().String())
	}
	p.client = newTestClient(t, append(change, func(o *testOptions) { o.Transport = transport })...)
	return p
}

// put writes files to the folder of the registry's certificates.
func (p *privateRegistry) put(t *testing.T, files map[string][]byte) {
	t.Helper()
	dir := filepath.Join(p.config, "containers/certs.d/registry.example.com")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// pull resolves the image and reads its layer.
func (p *privateRegistry) pull(t *testing.T) error {
	t.Helper()
	img, err := p.client.Resolve(t.Context(), ocitest.Parse(t, "registry.example.com/x"), ocitest.AMD64)
	if err != nil {
		return err
	}
	body, err := img.Open(t.Context(), img.Layers[0])
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.Copy(io.Discard, body)
	return err
}

func TestCertificatesOfARegistryAreFound(t *testing.T) {
	p := newPrivateRegistry(t, tls.NoClientCert)
	ocitest.MustSay(t, p.pull(t), "certificate", "/etc/containers/certs.d/registry.example.com/ca.crt")
	p.put(t, map[string][]byte{"ca.crt": p.ca, "README": []byte("not a certificate")})
	if err := p.pull(t); err != nil {
		t.Errorf("with its authority, in a client that runs: %v", err)
	}
	p.put(t, map[string][]byte{"ca.crt": []byte("no PEM")})
	ocitest.MustSay(t, p.pull(t), "registry.example.com/ca.crt has no certificate in PEM")
	if err := os.RemoveAll(filepath.Join(p.config, "containers")); err != nil {
		t.Fatal(err)
	}
	ocitest.MustSay(t, p.pull(t), "certificate is not trusted")
}

func TestARegistryMayWantACertificateOfOurs(t *testing.T) {
	for name, change := range map[string]func(*testOptions){
		"one that is verified":     func(*testOptions) {},
		"one that is not verified": func(o *testOptions) { o.Insecure = []string{"registry.example.com", "blobs.example.com"} },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPrivateRegistry(t, tls.RequireAnyClientCert, change)
			cert, key := keyPair(t)
			p.put(t, map[string][]byte{"ca.crt": p.ca})
			if err := p.pull(t); err == nil {
				t.Fatal("it asked for nothing")
			}
			p.put(t, map[string][]byte{"client.cert": cert})
			ocitest.MustSay(t, p.pull(t), "client.cert needs its key")
			p.put(t, map[string][]byte{"client.key": key})
			if err := p.pull(t); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestWhereCertificatesAreLookedFor(t *testing.T) {
	env := map[string]string{"HOME": "/home/u"}
	getenv := func(name string) string { return env[name] }
	if got := strings.Join(certificateFolders(getenv), " "); got != "/home/u/.config/containers/certs.d /etc/containers/certs.d /etc/docker/certs.d" {
		t.Error(got)
	}
	env["XDG_CONFIG_HOME"] = "/c"
	if got := certificateFolders(getenv)[0]; got != "/c/containers/certs.d" {
		t.Error(got)
	}
	// The first folder that has the host counts, and Docker Hub has podman's name.
	first, second := t.TempDir(), t.TempDir()
	for _, dir := range []string{filepath.Join(second, "docker.io"), filepath.Join(first, "a.example:5000"), filepath.Join(second, "a.example:5000"), filepath.Join(second, "a.example")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	c := &certificates{folders: []string{first, second}}
	for host, want := range map[string]string{
		"index.docker.io": filepath.Join(second, "docker.io"),
		"a.example:5000":  filepath.Join(first, "a.example:5000"),
		"a.example":       filepath.Join(second, "a.example"),
		"a.example:5001":  "",
		"..":              "",
		"../x":            "",
	} {
		if got, _ := c.find(host); got != want {
			t.Errorf("for %s it is %q", host, got)
		}
	}
}

func keyPair(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	var c, k bytes.Buffer
	_ = pem.Encode(&c, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	_ = pem.Encode(&k, &pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	return c.Bytes(), k.Bytes()
}
