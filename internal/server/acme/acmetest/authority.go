package acmetest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/testenv"
)

// Authority is a pebble, or the place where one is to be.
type Authority struct {
	Directory string        // URL, whether or not it answers
	File      string        // PEM: what the server at this URL is trusted by
	Validity  time.Duration // of certificates; to be set before Start
	// Accounts are keys in base64url by their identifiers, of which one is wanted for an
	// account; to be set before Start, if at all.
	Accounts map[string]string

	t       *testing.T
	dir     string
	trusted *x509.CertPool // has what File has
	names   string         // the address of a server of DNS
	said    *buffer

	mu      sync.Mutex
	behind  string // where pebble is; "" while it is away
	manages string // where it tells its root
	stop    func()
}

// New makes an authority that is away.
func New(t *testing.T) *Authority {
	t.Helper()
	testenv.NeedsProgram(t, "pebble", "pebble")
	a := &Authority{t: t, dir: t.TempDir(), trusted: x509.NewCertPool(), names: serveNames(t), Validity: 90 * 24 * time.Hour, said: new(buffer)}
	a.File = filepath.Join(a.dir, "cert.pem")
	err := writePair(a.File, a.key())
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(a.File, a.key())
	}
	if err != nil {
		t.Fatal(err)
	}
	a.trusted.AddCert(pair.Leaf)
	front := a.serve(t, pair)
	a.Directory = front.URL + "/dir"
	t.Cleanup(func() { a.Stop(); front.Close() })
	return a
}

func (a *Authority) key() string { return filepath.Join(a.dir, "key.pem") }

// Start starts pebble, which verifies names at a port of this machine, and waits until it
// answers. One that was stopped has forgotten its accounts, and has another root.
func (a *Authority) Start(port int) {
	a.t.Helper()
	for range 10 { // another program may take a port first
		behind, manages := free(a.t), free(a.t)
		config := map[string]any{
			"listenAddress": behind, "managementListenAddress": manages, "certificate": a.File, "privateKey": a.key(),
			"httpPort": 1, "tlsPort": port, "certificateValidityPeriod": int(a.Validity.Seconds()),
		}
		if a.Accounts != nil {
			config["externalAccountBindingRequired"], config["externalAccountMACKeys"] = true, a.Accounts
		}
		text, err := json.Marshal(map[string]any{"pebble": config})
		if err == nil {
			err = os.WriteFile(filepath.Join(a.dir, "pebble.json"), text, 0o600)
		}
		if err != nil {
			a.t.Fatal(err)
		}
		if a.begins(behind, manages) {
			return
		}
	}
	a.t.Fatalf("pebble does not start:\n%s", a.Log())
}

// begins starts pebble, and says whether it has got its ports.
func (a *Authority) begins(behind, manages string) bool {
	cmd := exec.Command("pebble", "-config", filepath.Join(a.dir, "pebble.json"), "-dnsserver", a.names, "-strict")
	// Every answer is verified; one nonce in ten is refused, as happens.
	cmd.Env = append(os.Environ(), "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=10", "PEBBLE_AUTHZREUSE=0")
	cmd.Stdout, cmd.Stderr = a.said, a.said
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop := sync.OnceFunc(func() { _ = cmd.Process.Kill(); <-ended })
	client := a.client()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		select {
		case <-ended:
			return false
		case <-time.After(5 * time.Millisecond):
		}
		if answers(client, "https://"+behind+"/dir") && answers(client, "https://"+manages+"/roots/0") {
			a.mu.Lock()
			a.behind, a.manages, a.stop = behind, manages, stop
			a.mu.Unlock()
			return true
		}
	}
	stop()
	return false
}

func answers(client *http.Client, url string) bool {
	r, err := client.Get(url)
	if err != nil {
		return false
	}
	return r.Body.Close() == nil && r.StatusCode == http.StatusOK
}

// Stop ends pebble.
func (a *Authority) Stop() {
	a.mu.Lock()
	stop := a.stop
	a.behind, a.stop = "", nil
	a.mu.Unlock()
	if stop != nil {
		stop()
	}
}

// Roots has the root of the certificates that pebble gives.
func (a *Authority) Roots() *x509.CertPool {
	a.t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(a.RootPEM())
	return pool
}

// RootPEM is the root as a file has it.
func (a *Authority) RootPEM() []byte {
	a.t.Helper()
	r, err := a.client().Get("https://" + a.manages + "/roots/0")
	if err != nil {
		a.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return text
}

// client is of pebble itself.
func (a *Authority) client() *http.Client {
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.trusted}, DisableKeepAlives: true}}
}

// free is a port that nothing uses at the moment.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Port is the port of an address.
func Port(address fmt.Stringer) int {
	_, port, _ := net.SplitHostPort(address.String())
	n, _ := strconv.Atoi(port)
	return n
}
