package registry

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
)

// Limits of what a registry lists beside an image: anybody may have attached it who may push.
const (
	maxReferrers = 256 // of one list
	maxPages     = 8   // of that list
)

var _ oci.Attacher = (*repository)(nil)

// Referrers implements oci.Attacher. The tag is looked at although the registry lists some:
// one that has learned of referrers lately does not list what was attached before.
func (r *repository) Referrers(ctx context.Context, digest string) ([]oci.Descriptor, error) {
	all, err := r.referrers(ctx, digest)
	if ctx.Err() != nil || failure.Temporary(err) {
		return all, err
	}
	raw, ofTag := r.Tagged(ctx, strings.Replace(digest, ":", "-", 1))
	if err == nil {
		err = ofTag
	}
	seen := map[string]bool{}
	for _, d := range all {
		seen[d.Digest] = true
	}
	more := listed(raw)
	for _, d := range more[:min(maxReferrers, len(more))] {
		if !seen[d.Digest] {
			seen[d.Digest] = true
			all = append(all, d)
		}
	}
	return all, err
}

// referrers asks the registry itself; it returns nothing if that does not know referrers.
func (r *repository) referrers(ctx context.Context, digest string) (all []oci.Descriptor, err error) {
	query := ""
	for range maxPages {
		raw, next, err := r.document(ctx, "/referrers/"+digest+query, http.Header{"Accept": {mediatype.OCIIndex}})
		if err != nil || raw == nil {
			return all, err
		}
		all = append(all, listed(raw)...)
		if len(all) >= maxReferrers {
			return all[:maxReferrers], nil
		}
		if query = next; query == "" {
			break
		}
	}
	return all, nil
}

// listed are the entries of an index; none of what is no index.
func listed(raw []byte) []oci.Descriptor {
	if raw == nil {
		return nil
	}
	doc, err := oci.ParseDocument(raw)
	if err != nil {
		return nil // a page for people, perhaps
	}
	return doc.Entries
}

// Tagged implements oci.Attacher. HEAD comes first, as for images: no registry counts it as a
// pull, and most images have no such tags.
func (r *repository) Tagged(ctx context.Context, tag string) ([]byte, error) {
	resp, _, err := r.client.request(ctx, r.repo, http.MethodHead, "/manifests/"+tag, manifestHeader())
	if err != nil {
		return nil, err
	}
	drain(resp)
	digest := resp.Header.Get("Docker-Content-Digest")
	switch {
	case resp.StatusCode == http.StatusNotFound:
		return nil, nil
	case resp.StatusCode == http.StatusOK && oci.ValidDigest(digest):
		raw, err := r.Manifest(ctx, oci.Descriptor{Digest: digest})
		if !isStatus(err, http.StatusNotFound) {
			return raw, err
		}
	}
	raw, _, err := r.document(ctx, "/manifests/"+tag, manifestHeader())
	return raw, err
}

// document fetches a document whose digest nobody knows, and the query of the page that
// follows it, if there is one. It is nil if the registry does not have it, or does not know
// such paths; any other refusal is an error, as nobody knows then what is there.
func (r *repository) document(ctx context.Context, path string, header http.Header) (raw []byte, next string, err error) {
	err = r.client.persist(ctx, func() (err error) {
		raw, next, err = r.fetchDocument(ctx, path, header)
		return err
	})
	return raw, next, err
}

func (r *repository) fetchDocument(ctx context.Context, path string, header http.Header) (raw []byte, next string, err error) {
	resp, s, err := r.client.request(ctx, r.repo, http.MethodGet, path, header)
	if err != nil {
		return nil, "", err
	}
	if resp.StatusCode != http.StatusOK {
		refused := s.refusal(r.client, resp)
		if !absent(path, resp.StatusCode) {
			return nil, "", refused
		}
		r.client.log.DebugContext(ctx, "the registry does not have a document", "path", path, "error", refused)
		return nil, "", nil
	}
	defer resp.Body.Close()
	raw, err = io.ReadAll(io.LimitReader(resp.Body, oci.MaxManifest+1))
	host := s.endpoint.host
	switch {
	case ctx.Err() != nil:
		return nil, "", context.Cause(ctx)
	case err != nil:
		r.client.mirrors.failed(host)
		return nil, "", &brokenBody{fmt.Errorf("fetching %s from %s: %w", path, host, err)}
	case len(raw) > oci.MaxManifest:
		return nil, "", failure.Publicf(failure.TooLarge, "fetching %s from %s: it has more than %d bytes", path, host, oci.MaxManifest)
	}
	return raw, nextPage(resp.Header.Get("Link")), nil
}

// absent says whether a status means that there is no such document. Registries that do not
// know referrers have several ways to say so.
func absent(path string, status int) bool {
	switch status {
	case http.StatusNotFound:
		return true
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return strings.HasPrefix(path, "/referrers/")
	}
	return false
}

// nextPage is the query of the next page of a list, with its question mark (RFC 8288); "" if
// there is none. Where it is, is not believed: it could be any host.
func nextPage(link string) string {
	target, rest, _ := strings.Cut(strings.TrimPrefix(link, "<"), ">")
	if !strings.HasPrefix(link, "<") || !strings.Contains(rest, `rel="next"`) && !strings.Contains(rest, "rel=next") {
		return ""
	}
	u, err := url.Parse(target)
	if err != nil || u.RawQuery == "" {
		return ""
	}
	return "?" + u.RawQuery
}
