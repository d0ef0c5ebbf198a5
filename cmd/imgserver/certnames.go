package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"lxdocker/internal/server/certificate"
)

// namesOf are the names with certificates of an authority that an imgserver on a folder has
// noted. There may be no folder.
func namesOf(images string) ([]certificate.Name, error) {
	if images == "" {
		return nil, nil
	}
	folder, err := filepath.Abs(images)
	if err != nil {
		return nil, fmt.Errorf("finding the folder %s: %w", images, err)
	}
	return certificate.ReadNames(ownTLS(folder), time.Now())
}

// printJSON prints a certificate with the names that have others.
func printJSON(w io.Writer, about certificate.About, names []certificate.Name) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(struct {
		certificate.About
		ACME []certificate.Name `json:"acme,omitempty"`
	}{about, names})
}

// printNames prints which names have a certificate of an authority, and why not.
func printNames(w io.Writer, names []certificate.Name) {
	if len(names) > 0 {
		fmt.Fprint(w, "\nClients that ask for one of these names see a certificate of an authority:\n")
	}
	for _, n := range names {
		fmt.Fprintf(w, "\nname       %s\n", n.Name)
		if n.Fingerprint == "" {
			fmt.Fprintf(w, "valid      not yet: clients see the certificate above\n")
		} else {
			fmt.Fprintf(w, "sha256     %s\nfile       %s\nvalid      %s until %s\nsigned by  %s\n",
				n.Fingerprint, n.File, n.From.Format(time.DateOnly), n.Until.Format(time.DateOnly), n.Issuer)
		}
		if f := n.Failure; f != nil {
			fmt.Fprintf(w, "failed     %d times since %s: %s\nnext       %s; imgserver tries again at %s\n",
				f.Times, f.Since.Local().Format(time.DateTime), f.Error, f.Next, f.Again.Local().Format(time.DateTime))
		}
		if n.Problem != "" && n.Fingerprint != "" {
			fmt.Fprintf(w, "           %s\n", n.Problem)
		}
	}
}
