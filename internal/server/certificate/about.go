package certificate

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"time"
)

// About is what people compare, and what they have to know of a certificate.
type About struct {
	File        string    `json:"file"`
	Fingerprint string    `json:"fingerprint"` // hex sha256, as LXD and Incus show it
	Names       []string  `json:"names"`       // of hosts, then addresses; LXD and Incus expect the first
	From        time.Time `json:"not_before"`
	Until       time.Time `json:"not_after"`
	Issuer      string    `json:"issuer"`
	SelfSigned  bool      `json:"self_signed"`
	Problem     string    `json:"problem,omitempty"` // why clients refuse it, or will soon
}

// Read reads a certificate, without its key.
func Read(file string, now time.Time) (About, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return About{}, fmt.Errorf("reading the certificate: %w", err)
	}
	block, rest := pem.Decode(data)
	for block != nil && block.Type != "CERTIFICATE" {
		block, rest = pem.Decode(rest)
	}
	if block == nil {
		return About{}, fmt.Errorf("reading the certificate %s: there is no PEM block of a certificate", file)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return About{}, fmt.Errorf("reading the certificate %s: %w", file, err)
	}
	a := About{
		File: file, Fingerprint: sum(block.Bytes), From: leaf.NotBefore.UTC(), Until: leaf.NotAfter.UTC(),
		Issuer: leaf.Issuer.String(), SelfSigned: leaf.CheckSignature(leaf.SignatureAlgorithm, leaf.RawTBSCertificate, leaf.Signature) == nil,
		Problem: problem(leaf.NotBefore, leaf.NotAfter, now), Names: append([]string{}, leaf.DNSNames...),
	}
	for _, ip := range leaf.IPAddresses {
		a.Names = append(a.Names, ip.String())
	}
	return a, nil
}
