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
		return r.get(ctx, oci.Descriptor{}, tag)
	}
	if _, err := r.Manifest(ctx, oci.Descriptor{Digest: digest}); isStatus(err, http.StatusNotFound) {
		// The tag moved in between, or this registry serves no digests.
		return r.get(ctx, oci.Descriptor{}, tag)
	} else if err != nil {
		return "", err
	}
	return digest, nil
}

// get fetches a manifest by tag or digest, and returns its digest. It reads no more than the
// size of d, if that has one, and keeps only what has that size.
func (r *repository) get(ctx context.Context, d oci.Descriptor, at string) (string, error) {
	var raw []byte
	var digest string
	err := r.client.persist(ctx, func() (err error) {
		var host string
		if raw, host, err = r.fetch(ctx, at, d.Size); err != nil {
			return err
		}
		if digest = oci.DigestOf(raw); oci.ValidDigest(at) && digest != at {
			r.client.mirrors.failed(host)
			return &otherBytes{failure.Publicf(failure.Corrupt, "fetching manifest %s: the registry sends one with the digest %s", at, digest)}
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	r.alive.Store(true)
	if err := d.CheckSize(raw); err != nil {
		return "", err
	}
	r.held[digest] = raw
	r.documents().put(digest, raw)
	return digest, nil
}

func (r *repository) fetch(ctx context.Context, at string, size int64) (raw []byte, host string, err error) {
	resp, s, err := r.client.request(ctx, r.repo, http.MethodGet, "/manifests/"+at, manifestHeader())
	if err != nil {
		return nil, "", err
	}
	host = s.endpoint.host
	if resp.StatusCode != http.StatusOK {
		return nil, host, s.refusal(r.client, resp)
	}
	defer resp.Body.Close()
	limit := int64(oci.MaxManifest)
	if size > 0 {
		limit = min(limit, size)
	}
	raw, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case ctx.Err() != nil:
		return nil, host, context.Cause(ctx)
	case err != nil:
		r.client.mirrors.failed(host)
		return nil, host, &brokenBody{fmt.Errorf("fetching manifest %s from %s: %w", at, host, err)}
	case len(raw) > oci.MaxManifest:
		return nil, host, failure.Publicf(failure.TooLarge, "fetching manifest %s from %s: it has more than %d bytes", at, host, oci.MaxManifest)
	case int64(len(raw)) > limit:
		err := failure.Publicf(failure.Corrupt, "fetching manifest %s from %s: it has more than the %d bytes that it is said to have", at, host, limit)
		if resp.Header.Get("Docker-Content-Digest") == at {
			return nil, host, err // whoever wrote the list is wrong, and no other host would have another one
		}
		r.client.mirrors.failed(host)
		return nil, host, &otherBytes{err}
	}
	if err = r.checkAnswer(at, raw, resp); isOther(err) && oci.ValidDigest(at) {
		r.client.mirrors.failed(host)
	}
	return raw, host, err
}

// checkAnswer compares a manifest with what is known about it. One that is something else
// may have been changed on the way: the error says so, and what it looks like. That of
// schema 1 is what it looks like, as its digest is not that of the bytes sent.
func (r *repository) checkAnswer(at string, raw []byte, resp *http.Response) error {
	digest, said := oci.DigestOf(raw), resp.Header.Get("Docker-Content-Digest")
	if digest == at {
		return nil
	}
	_, err := oci.ParseDocument(raw)
	switch known := oci.ValidDigest(at) || oci.ValidDigest(said) && said != digest; {
	case err != nil && !known:
		return fmt.Errorf("reading manifest %s: %w", at, err)
	case failure.KindOf(err) == failure.Unsupported:
		return &otherBytes{fmt.Errorf("reading manifest %s: %w", at, err)}
	case err != nil:
		return &otherBytes{failure.Publicf(failure.Corrupt, "fetching manifest %s: the registry sends one with the digest %s: %w", at, digest, err)}
	case oci.ValidDigest(said) && said != digest:
		return &otherBytes{failure.Publicf(failure.Corrupt, "fetching manifest %s: the registry sends one with the digest %s, and says that it is %s", at, digest, said)}
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
		if raw, ok = r.documents().get(d.Digest, oci.MaxManifest); !ok {
			if _, err := r.get(ctx, d, d.Digest); err != nil {
				return nil, err
			}
			raw = r.held[d.Digest]
		}
	}
	return raw, d.CheckSize(raw)
}

// Config implements oci.Source.
func (r *repository) Config(ctx context.Context, d oci.Descriptor) ([]byte, error) {
	if raw, ok := r.documents().get(d.Digest, oci.MaxConfig); ok {
		return raw, d.CheckSize(raw)
	}
	var raw []byte
	err := r.client.persist(ctx, func() (err error) {
		raw, err = r.fetchConfig(ctx, d)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("fetching config %s: %w", d.Digest, err)
	}
	r.documents().put(d.Digest, raw)
	return raw, nil
}

func (r *repository) fetchConfig(ctx context.Context, d oci.Descriptor) ([]byte, error) {
	b, err := openBlob(ctx, r.client, r.repo, d.Digest, d.Size, plain, r.alive.Load())
	if err != nil {
		return nil, err
	}
	defer b.Close()
	raw, err := io.ReadAll(b) // check has bounded the size
	if err != nil {
		return nil, err
	}
	if got := oci.DigestOf(raw); got != d.Digest {
		r.client.mirrors.failed(b.host)
		return nil, &otherBytes{failure.Publicf(failure.Corrupt, "the registry sends one with the digest %s", got)}
	}
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

// maxOthers is how often a response with other bytes than were asked for is followed by
// another request: mirrors, caches on the way and memory make mistakes.
const maxOthers = 2

// otherBytes is the error of such a response.
type otherBytes struct{ error }

func (o *otherBytes) Unwrap() error { return o.error }

func isOther(err error) bool {
	var o *otherBytes
	return errors.As(err, &o)
}

// persist repeats do while responses are cut off, and a few times if they are wrong.
func (c *Client) persist(ctx context.Context, do func() error) error {
	for n := 0; ; n++ {
		err := do()
		var broken *brokenBody
		if again := errors.As(err, &broken) && n+1 < maxAttempts || isOther(err) && n < maxOthers; !again {
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
