package certificate

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"lxdocker/internal/durable"
)

// Name is a name that has a certificate of an authority, or is to get one by ACME. An imgserver
// notes its names, for those who ask later.
type Name struct {
	Name        string    `json:"name"`
	Directory   string    `json:"directory"` // URL of the ACME server
	File        string    `json:"file"`
	Fingerprint string    `json:"fingerprint,omitempty"` // hex sha256; "" if there is no certificate yet
	From        time.Time `json:"not_before,omitzero"`
	Until       time.Time `json:"not_after,omitzero"`
	Issuer      string    `json:"issuer,omitempty"`
	Failure     *Failure  `json:"failure,omitempty"` // nil: the last attempt succeeded
	Problem     string    `json:"problem,omitempty"` // of ReadNames: why clients refuse it, or will soon
}

// Failure is why no certificate could be obtained, the last of several times.
type Failure struct {
	Since time.Time `json:"since"` // the first of them
	Last  time.Time `json:"last"`
	Times int       `json:"times"`
	Error string    `json:"error"`
	Next  string    `json:"next"`  // what a person can do
	Again time.Time `json:"again"` // when it is tried next
	Asked bool      `json:"asked"` // the authority has asked to wait until Again
}

// namesFile is where names are noted, in the folder of the pair that an imgserver makes. All
// may read it, as they may the certificate: the folder that has the keys is closed.
func namesFile(dir string) string { return filepath.Join(dir, "acme.json") }

// WriteNames notes names. None remove the note.
func WriteNames(dir string, names []Name) error {
	file := namesFile(dir)
	if len(names) == 0 {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("forgetting the names that had certificates of an authority: %w", err)
		}
		return nil
	}
	data, err := json.MarshalIndent(names, "", "  ")
	if err == nil {
		err = durable.WriteFile(file, append(data, '\n'), 0o644)
	}
	if err != nil {
		return fmt.Errorf("noting the names that have certificates of an authority: %w", err)
	}
	return nil
}

// ReadNames returns the names that were noted, as they are at a time. There may be none.
func ReadNames(dir string, now time.Time) ([]Name, error) {
	data, err := os.ReadFile(namesFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var names []Name
	if err == nil {
		err = json.Unmarshal(data, &names)
	}
	if err != nil {
		return nil, fmt.Errorf("reading which names have certificates of an authority, in %s: %w", namesFile(dir), err)
	}
	for i := range names {
		names[i].Problem = names[i].problem(now)
	}
	return names, nil
}

func (n Name) problem(now time.Time) string {
	text := ""
	if n.Fingerprint != "" {
		text = problem(n.From, n.Until, now)
	}
	switch f := n.Failure; {
	case f == nil:
		return text
	case n.Fingerprint == "":
		return "there is no certificate for this name yet: " + f.Error
	case text != "":
		return text + ", and renewing it fails: " + f.Error
	}
	return "" // there is time to try again
}

// Describe notes a certificate that the name has.
func (n *Name) Describe(leaf *x509.Certificate) {
	n.Fingerprint, n.From, n.Until, n.Issuer = sum(leaf.Raw), leaf.NotBefore.UTC(), leaf.NotAfter.UTC(), leaf.Issuer.String()
}
