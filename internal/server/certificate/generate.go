package certificate

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"strings"
	"time"
)

// years is long because a new certificate breaks the auto-update of every image
// that a daemon got under the old one.
const years = 10

// generate makes a certificate that clients can pin: LXD and Incus add it to
// the authorities they trust and then expect the name of its first DNS SAN
// (shared/network.go, shared/tls/tls.go). It is no authority for others.
func generate(hosts []string, now time.Time) (cert, key []byte, err error) {
	template := &x509.Certificate{
		NotBefore:             now.Add(-24 * time.Hour), // clients' clocks differ
		NotAfter:              now.AddDate(years, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if validHost(h) {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	if len(template.DNSNames) == 0 {
		return nil, nil, errors.New("a certificate needs at least one DNS name")
	}
	template.Subject = pkix.Name{CommonName: template.DNSNames[0]}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return nil, nil, err
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	return cert, key, nil
}

// validHost says whether Go's TLS clients would match the name.
func validHost(h string) bool {
	if h == "" || len(h) > 64 || strings.Trim(h, ".-") != h { // 64: a CN's length
		return false
	}
	for label := range strings.SplitSeq(h, ".") {
		odd := func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
		}
		if label == "" || strings.IndexFunc(label, odd) >= 0 {
			return false
		}
	}
	return true
}
