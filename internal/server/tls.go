package server

import (
	"crypto/tls"
	"net/http"
)

// forwardSecret are the cipher suites of TLS 1.2 that are offered: AEAD, with keys that
// nobody can compute later from the key of the certificate (RFC 9325, section 4.2). Go's
// default also has CBC with SHA-1. Those of TLS 1.3 all are so, and cannot be chosen.
var forwardSecret = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// TLS is what the public listener accepts. LXD and Incus ask for TLS 1.3; browsers and
// proxies of the last ten years have what there is of TLS 1.2.
func TLS(certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, CipherSuites: forwardSecret, GetCertificate: certificate}
}

// streams is how many requests one connection of HTTP/2 may have at a time. It is small,
// because connections are what is shared among clients, and each request takes up to 50 KiB:
// with four, all connections together took more than 256 MiB. A page that shows what is
// converted holds one all the time, and a browser has one connection for all its pages.
const streams = 3

// protocols are those that clients can choose: LXD and Incus speak HTTP/1.1, browsers and
// curl prefer HTTP/2.
func protocols() (*http.Protocols, *http.HTTP2Config) {
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	return &p, &http.HTTP2Config{MaxConcurrentStreams: streams, WriteByteTimeout: stall, SendPingTimeout: stall}
}
