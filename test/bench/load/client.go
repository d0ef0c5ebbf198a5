package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// suite is what servers that are compared have to choose: otherwise ciphers are compared.
const suite = tls.TLS_AES_128_GCM_SHA256

// dialer makes connections of one client.
func (t target) dialer(client int) *net.Dialer {
	d := &net.Dialer{Timeout: 20 * time.Second}
	if t.from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(fmt.Sprintf(t.from, t.first+client))}
	}
	return d
}

// config allows one version of TLS, and the one key exchange that all servers have.
func (t target) config() *tls.Config {
	host, _, _ := net.SplitHostPort(t.server)
	return &tls.Config{
		RootCAs: t.trust, ServerName: host, MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519},
		VerifyConnection: func(s tls.ConnectionState) error {
			if t.suite != 0 && s.CipherSuite != t.suite {
				return fmt.Errorf("the server chose %s, and not %s", tls.CipherSuiteName(s.CipherSuite), tls.CipherSuiteName(t.suite))
			}
			return nil
		},
	}
}

// client speaks HTTP/1.1 from the address of one client.
func (t target) client(n int, keeps bool) *http.Client {
	return &http.Client{Transport: &http.Transport{
		DialContext: t.dialer(n).DialContext, TLSClientConfig: t.config(), DisableCompression: true, DisableKeepAlives: !keeps,
	}}
}

// get asks for the path, and gives the answer if it is the whole of it.
func (t target) get(ctx context.Context, c *http.Client) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+t.server+t.path, nil)
	if err != nil {
		return nil, err
	}
	response, err := c.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("GET %s: %s", t.path, response.Status)
	}
	return response, nil
}
