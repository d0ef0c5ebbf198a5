package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

// item is what a client reads of one file in images.json.
type item struct {
	Ftype    string `json:"ftype"`
	Path     string `json:"path"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	Combined string `json:"combined_squashfs_sha256"`
}

type products struct {
	Products map[string]struct {
		Versions map[string]struct {
			Items map[string]item `json:"items"`
		} `json:"versions"`
	} `json:"products"`
}

// fetchAndVerify does what a daemon does: read the catalog over TLS, download
// the image, compare size, hash and fingerprint.
func fetchAndVerify(ctx context.Context, certificate string) error {
	client, err := trusting(certificate)
	if err != nil {
		return err
	}
	var catalog products
	body, err := get(ctx, client, "streams/v1/images.json")
	if err != nil {
		return err
	}
	err = json.NewDecoder(body).Decode(&catalog)
	body.Close()
	if err != nil {
		return fmt.Errorf("reading the catalog: %w", err)
	}
	verified := 0
	for name, product := range catalog.Products {
		for version, v := range product.Versions {
			metadata, rootfs := v.Items["lxd.tar.xz"], v.Items["squashfs"]
			fingerprint := sha256.New()
			for _, it := range []item{metadata, rootfs} {
				if err := download(ctx, client, it, fingerprint); err != nil {
					return err
				}
			}
			if got := hex.EncodeToString(fingerprint.Sum(nil)); got != metadata.Combined {
				return fmt.Errorf("fingerprint of %s is %s, the catalog says %s", name, got, metadata.Combined)
			}
			fmt.Printf("== downloaded and verified %s version %s, fingerprint %.12s\n", name, version, metadata.Combined)
			verified++
		}
	}
	if verified == 0 {
		return errors.New("the catalog is empty")
	}
	return nil
}

// convertOnDemand asks for an image, as clients do when they launch it.
func convertOnDemand(ctx context.Context, certificate, name string) error {
	client, err := trusting(certificate)
	if err != nil {
		return err
	}
	body, err := get(ctx, client, "1.0/images/"+url.PathEscape(name))
	if err != nil {
		return err
	}
	return body.Close()
}

func download(ctx context.Context, client *http.Client, it item, fingerprint io.Writer) error {
	body, err := get(ctx, client, it.Path)
	if err != nil {
		return err
	}
	defer body.Close()
	own := sha256.New()
	n, err := io.Copy(io.MultiWriter(own, fingerprint), body)
	if err != nil {
		return fmt.Errorf("downloading %s: %w", it.Path, err)
	}
	if got := hex.EncodeToString(own.Sum(nil)); n != it.Size || got != it.SHA256 {
		return fmt.Errorf("%s is %d bytes with sha256 %s, the catalog says %d and %s", it.Path, n, got, it.Size, it.SHA256)
	}
	return nil
}

func get(ctx context.Context, client *http.Client, path string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+serverAddress+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetching %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("fetching %s: %s", path, response.Status)
	}
	return response.Body, nil
}

// trusting makes a client that trusts this one certificate and nothing else.
func trusting(certificate string) (*http.Client, error) {
	pem, err := os.ReadFile(certificate)
	if err != nil {
		return nil, fmt.Errorf("reading the server's certificate: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("reading the server's certificate: %s holds none", certificate)
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}}}, nil
}
