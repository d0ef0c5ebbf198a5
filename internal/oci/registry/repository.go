package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
)

// repository is an oci.Source that reads from a registry.
type repository struct {
	client *Client
	repo   name.Repository
	// held is the manifests that were fetched by tag, for registries that do not
	// serve them by digest.
	held map[string][]byte
	// alive is set when the registry has answered. From then on it is waited for.
	alive atomic.Bool
}

func newRepository(c *Client, ref oci.Reference) (*repository, error) {
	repo, err := name.NewRepository(ref.Repository())
	if err != nil {
		return nil, fmt.Errorf("%s is in no registry: %w", ref, err)
	}
	return &repository{client: c, repo: repo, held: map[string][]byte{}}, nil
}

// lookup returns the digest that a tag currently refers to. It sends HEAD, which no
// registry counts as a pull; if that fails or returns no digest, it sends GET.
func (r *repository) lookup(ctx context.Context, tag string) (string, error) {
	resp, _, err := r.client.request(ctx, r.repo, http.MethodHead, "/manifests/"+tag, manifestHeader())
	if err != nil {
		return "", err
	}
	drain(resp)
	r.alive.Store(resp.StatusCode < http.StatusInternalServerError)
	digest := resp.Header.Get("Docker-Content-Digest")
	if resp.StatusCode != http.StatusOK || !oci.ValidDigest(digest) {
		return r.get(ctx, tag)
	}
	if _, err := r.Manifest(ctx, oci.Descriptor{Digest: digest}); isStatus(err, http.StatusNotFound) {
		// The tag moved in between, or this registry serves no digests.
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
	digest := oci.DigestOf(raw)
	if oci.ValidDigest(at) && digest != at {
		return "", failure.Errorf(failure.Corrupt, "fetching manifest %s: the registry sends one with the digest %s", at, digest)
	}
	r.alive.Store(true)
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
	raw, err := io.ReadAll(io.LimitReader(resp.Body, oci.MaxManifest+1))
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err != nil:
		r.client.mirrors.failed(s.endpoint.host)
		return nil, &brokenBody{fmt.Errorf("fetching manifest %s from %s: %w", at, s.endpoint.host, err)}
	case len(raw) > oci.MaxManifest:
		return nil, failure.Errorf(failure.TooLarge, "fetching manifest %s from %s: it has more than %d bytes", at, s.endpoint.host, oci.MaxManifest)
	}
	return raw, r.checkAnswer(at, raw, resp)
}

// checkAnswer gives a better error than a digest mismatch, where there is one: for
// schema 1, the digest is not that of the bytes sent.
func (r *repository) checkAnswer(at string, raw []byte, resp *http.Response) error {
	digest := oci.DigestOf(raw)
	if digest == at {
		return nil
	}
	if _, err := oci.ParseDocument(raw); err != nil {
		return fmt.Errorf("reading manifest %s: %w", at, err)
	}
	if said := resp.Header.Get("Docker-Content-Digest"); oci.ValidDigest(said) && said != digest {
		return failure.Errorf(failure.Corrupt, "fetching manifest %s: the registry sends one with the digest %s, and says that it is %s", at, digest, said)
	}
	return nil
}

func manifestHeader() http.Header {
	return http.Header{"Accept": {mediatype.AcceptManifests()}}
}

// Manifest implements oci.Source.
func (r *repository) Manifest(ctx context.Context, d oci.Descriptor) ([]byte, error) {
	raw, ok := r.held[d.Digest]
	if !ok {
		if raw, ok = r.client.cache.get(d.Digest, oci.MaxManifest); !ok {
			if _, err := r.get(ctx, d.Digest); err != nil {
				return nil, err
			}
			raw = r.held[d.Digest]
		}
	}
	return raw, d.CheckSize(raw)
}

// Config implements oci.Source.
func (r *repository) Config(ctx context.Context, d oci.Descriptor) ([]byte, error) {
	if raw, ok := r.client.cache.get(d.Digest, oci.MaxConfig); ok {
		return raw, d.CheckSize(raw)
	}
	b, err := openBlob(ctx, r.client, r.repo, d.Digest, d.Size, plain, r.alive.Load())
	if err != nil {
		return nil, fmt.Errorf("fetching config %s: %w", d.Digest, err)
	}
	defer b.Close()
	raw, err := io.ReadAll(b) // check has bounded the size
	if err != nil {
		return nil, fmt.Errorf("fetching config %s: %w", d.Digest, err)
	}
	if got := oci.DigestOf(raw); got != d.Digest {
		return nil, failure.Errorf(failure.Corrupt, "fetching config %s: the registry sends one with the digest %s", d.Digest, got)
	}
	r.client.cache.put(d.Digest, raw)
	return raw, nil
}

// Open implements oci.Blobs.
func (r *repository) Open(ctx context.Context, l oci.Layer) (io.ReadCloser, error) {
	if host := r.client.blobs.again(r.repo.Name(), l.Digest); host != "" {
		r.client.mirrors.failed(host) // another one may have the right bytes
	}
	b, err := openBlob(ctx, r.client, r.repo, l.Digest, l.Size, packingOf(l.MediaType), r.alive.Load())
	if err != nil {
		return nil, err
	}
	r.alive.Store(true)
	return b, nil
}

// brokenBody is the error of a response that was cut off.
type brokenBody struct{ error }

func (b *brokenBody) Unwrap() error { return b.error }

// FailureKind is that of a broken connection.
func (b *brokenBody) FailureKind() failure.Kind { return failure.Unavailable }

// persist repeats do while responses are cut off.
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
