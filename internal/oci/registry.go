package oci

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// repository is a repository in a registry, as a source of images.
type repository struct {
	client *Client
	repo   name.Repository
	// held is what a tag was answered with, for registries that do not give
	// manifests out by digest.
	held map[string][]byte
}

func (c *Client) resolveRegistry(ctx context.Context, ref Reference, p Platform) (*Image, error) {
	r := &repository{client: c, repo: ref.repository, held: map[string][]byte{}}
	digest := ref.digest
	if digest == "" {
		var err error
		if digest, err = r.lookup(ctx, ref.tag); err != nil {
			return nil, err
		}
	}
	w := &walker{source: r, want: p, log: c.log}
	f, err := w.find(ctx, []descriptor{{Digest: digest}})
	if err != nil {
		return nil, err
	}
	return f.image(ref, r), nil
}

// lookup returns what a tag names now. It asks by HEAD, which no registry counts
// as a pull; where that is refused, or brings no digest, by GET, whose answer
// says more.
func (r *repository) lookup(ctx context.Context, tag string) (string, error) {
	resp, _, err := r.client.request(ctx, r.repo, http.MethodHead, "/manifests/"+tag, manifestHeader())
	if err != nil {
		return "", err
	}
	drain(resp)
	digest := resp.Header.Get("Docker-Content-Digest")
	if resp.StatusCode != http.StatusOK || !validDigest(digest) {
		return r.get(ctx, tag)
	}
	if _, err := r.manifest(ctx, descriptor{Digest: digest}); isStatus(err, http.StatusNotFound) {
		// The tag moved in between, or this one cannot do digests.
		return r.get(ctx, tag)
	} else if err != nil {
		return "", err
	}
	return digest, nil
}

// get fetches a manifest by tag or digest, keeps it and returns its digest.
func (r *repository) get(ctx context.Context, at string) (string, error) {
	var raw []byte
	err := r.client.persist(ctx, func() (err error) {
		raw, err = r.fetch(ctx, at)
		return err
	})
	if err != nil {
		return "", err
	}
	digest := digestOf(raw)
	if validDigest(at) && digest != at {
		return "", corruptf("fetching manifest %s: the registry sends one with the digest %s", at, digest)
	}
	r.held[digest] = raw
	r.client.cache.put(digest, raw)
	return digest, nil
}

func (r *repository) fetch(ctx context.Context, at string) ([]byte, error) {
	resp, s, err := r.client.request(ctx, r.repo, http.MethodGet, "/manifests/"+at, manifestHeader())
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, s.refusal(r.client, resp)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxManifest+1))
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		return nil, &brokenBody{fmt.Errorf("fetching manifest %s from %s: %w", at, s.endpoint.host, err)}
	case len(raw) > maxManifest:
		return nil, tooLargef("fetching manifest %s from %s: it has more than %d bytes", at, s.endpoint.host, maxManifest)
	}
	return raw, r.checkAnswer(at, raw, resp)
}

// checkAnswer says what is wrong with an answer before its digest does, which
// for schema 1 is not that of its bytes.
func (r *repository) checkAnswer(at string, raw []byte, resp *http.Response) error {
	digest := digestOf(raw)
	if digest == at {
		return nil
	}
	if _, err := parseDocument(raw); err != nil {
		return fmt.Errorf("reading manifest %s: %w", at, err)
	}
	if said := resp.Header.Get("Docker-Content-Digest"); validDigest(said) && said != digest {
		return corruptf("fetching manifest %s: the registry sends one with the digest %s, and says that it is %s", at, digest, said)
	}
	return nil
}

func manifestHeader() http.Header {
	return http.Header{"Accept": {mediatype.AcceptManifests()}}
}

// manifest implements source.
func (r *repository) manifest(ctx context.Context, d descriptor) ([]byte, error) {
	raw, ok := r.held[d.Digest]
	if !ok {
		if raw, ok = r.client.cache.get(d.Digest, maxManifest); !ok {
			if _, err := r.get(ctx, d.Digest); err != nil {
				return nil, err
			}
			raw = r.held[d.Digest]
		}
	}
	return raw, d.checkSize(raw)
}

// config implements source.
func (r *repository) config(ctx context.Context, d descriptor) ([]byte, error) {
	if raw, ok := r.client.cache.get(d.Digest, maxConfig); ok {
		return raw, d.checkSize(raw)
	}
	b, err := openBlob(ctx, r.client, r.repo, d.Digest, d.Size)
	if err != nil {
		return nil, fmt.Errorf("fetching config %s: %w", d.Digest, err)
	}
	defer b.Close()
	raw, err := io.ReadAll(b) // check has bounded the size
	if err != nil {
		return nil, fmt.Errorf("fetching config %s: %w", d.Digest, err)
	}
	if got := digestOf(raw); got != d.Digest {
		return nil, corruptf("fetching config %s: the registry sends one with the digest %s", d.Digest, got)
	}
	r.client.cache.put(d.Digest, raw)
	return raw, nil
}

// open implements source.
func (r *repository) open(ctx context.Context, l Layer) (io.ReadCloser, error) {
	return openBlob(ctx, r.client, r.repo, l.Digest, l.Size)
}

// checkSize holds a document against the size in its descriptor, where there
// is one.
func (d descriptor) checkSize(raw []byte) error {
	if d.Size != 0 && d.Size != int64(len(raw)) {
		return corruptf("reading %s: it has %d bytes, and is said to have %d", d.Digest, len(raw), d.Size)
	}
	return nil
}

// brokenBody is an answer that ended too early.
type brokenBody struct{ error }

func (b *brokenBody) Unwrap() error { return b.error }

// FailureKind is that of a connection that broke.
func (b *brokenBody) FailureKind() failure.Kind { return failure.Unavailable }

// persist calls do again while answers end too early.
func (c *Client) persist(ctx context.Context, do func() error) error {
	for n := 0; ; n++ {
		err := do()
		var broken *brokenBody
		if n+1 >= maxAttempts || !errors.As(err, &broken) {
			return err
		}
		if err := c.pause.sleep(ctx, backoff(n)); err != nil {
			return err
		}
	}
}

func isStatus(err error, status int) bool {
	var a *answerError
	return errors.As(err, &a) && a.status == status
}
