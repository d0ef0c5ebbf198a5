package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
)

// get asks the server; the caller closes the body.
func (s *soak) get(ctx context.Context, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	if err != nil {
		return nil, err
	}
	return s.Client.Do(request)
}

func (s *soak) getJSON(ctx context.Context, path string, into any) (status int, err error) {
	response, err := s.get(ctx, path)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return response.StatusCode, json.NewDecoder(response.Body).Decode(into)
}

// item is a file that the index names.
type item struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
}

// downloadFiles fetches all files of some version that the index lists now.
func (s *soak) downloadFiles(ctx context.Context) error {
	var index struct {
		Products map[string]struct {
			Versions map[string]struct {
				Items map[string]item `json:"items"`
			} `json:"versions"`
		} `json:"products"`
	}
	if _, err := s.getJSON(ctx, "/streams/v1/images.json", &index); err != nil {
		return err
	}
	for _, p := range index.Products { // the order of a map is chance enough
		for _, v := range p.Versions {
			for _, i := range v.Items {
				if err := s.downloadFile(ctx, i); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return nil
}

func (s *soak) downloadFile(ctx context.Context, i item) error {
	response, err := s.get(ctx, "/"+i.Path)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, response.Body)
	if err == nil && (response.StatusCode != http.StatusOK || n != i.Size || hex.EncodeToString(sum.Sum(nil)) != i.SHA256) {
		err = fmt.Errorf("%s: it is %d bytes with the hash %x, the index says %d and %s", response.Status, n, sum.Sum(nil), i.Size, i.SHA256)
	}
	if err != nil {
		return fmt.Errorf("downloading %s: %w", i.Path, err)
	}
	return nil
}

// downloadImage asks for a name and fetches what that means, as daemons do.
func (s *soak) downloadImage(ctx context.Context) error {
	var alias struct {
		Error    string
		Metadata struct{ Target string }
	}
	name := one(tags)
	if status, err := s.getJSON(ctx, "/1.0/images/aliases/"+url.PathEscape(name), &alias); err != nil || status != http.StatusOK {
		return errors.Join(err, fmt.Errorf("asking for %s: %d %s", name, status, alias.Error))
	}
	response, err := s.get(ctx, "/1.0/images/"+alias.Metadata.Target+"/export")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	got, err := sumOfParts(response)
	if err != nil {
		return fmt.Errorf("fetching %s: %w", alias.Metadata.Target, err)
	}
	if got != alias.Metadata.Target {
		return fmt.Errorf("fetching %s: it is %s", alias.Metadata.Target, got)
	}
	return nil
}

// sumOfParts is the fingerprint of an image that is sent in parts.
func sumOfParts(r *http.Response) (string, error) {
	_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", fmt.Errorf("%s: %w", r.Status, err)
	}
	sum := sha256.New()
	for parts := multipart.NewReader(r.Body, parameters["boundary"]); ; {
		part, err := parts.NextPart()
		if err == io.EOF {
			return hex.EncodeToString(sum.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
		if _, err := io.Copy(sum, part); err != nil {
			return "", err
		}
	}
}

// askInVain asks for what is not there, and for what is not allowed.
func (s *soak) askInVain(ctx context.Context) error {
	var answer struct{ Error string }
	for name, want := range map[string]int{"soak/nothing:" + fmt.Sprint(one([]int{1, 2, 3, 4, 5})): http.StatusNotFound, "ghcr.io/me/app": http.StatusForbidden} {
		if status, err := s.getJSON(ctx, "/1.0/images/aliases/"+url.PathEscape(name), &answer); err != nil || status != want {
			return errors.Join(err, fmt.Errorf("asking for %s: %d %s", name, status, answer.Error))
		}
	}
	return nil
}
