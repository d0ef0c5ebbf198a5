package trust

import (
	"context"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/signature"
)

// What documents beside an image are, for people.
const (
	SBOM       = "SBOM" // a bill of materials
	Provenance = "provenance"
	Signature  = "signature"
	Other      = "attachment"
)

// Attached is a document beside an image. Nobody has verified what it says, or who says it.
type Attached struct {
	What   string `json:"what"`   // of those above
	Type   string `json:"type"`   // what it states, or its media type
	Of     string `json:"of"`     // the digest that it is about
	Digest string `json:"digest"` // its own
	Size   int64  `json:"size"`   // bytes
}

const (
	// predicateAnnotation says what a statement of BuildKit states (buildkit,
	// docs/attestations/attestation-storage.md).
	predicateAnnotation = "in-toto.io/predicate-type"
	maxDocuments        = 16 // of one manifest
	maxManifests        = 48 // fetched
)

// List lists what is attached to an image: what names it as its subject, signatures by tag,
// and what BuildKit has put into the index beside it. digests are those of Check.
func List(ctx context.Context, source oci.Blobs, digests []string) (all []Attached, err error) {
	attacher, ok := source.(oci.Attacher)
	if !ok || len(digests) == 0 {
		return nil, failure.Publicf(failure.Unsupported, "documents beside images are looked for in registries only, and it is in none")
	}
	l := &listing{source: attacher, image: digests[len(digests)-1]}
	var refused error
	for _, digest := range digests {
		for _, look := range []func(context.Context, string) error{l.referrers, l.signatures, l.beside} {
			switch err := look(ctx, digest); {
			case failure.KindOf(err) == failure.Denied && ctx.Err() == nil:
				refused = err // other lists may have something
			case err != nil:
				return nil, err
			}
		}
	}
	if len(l.all) == 0 {
		return nil, refused
	}
	return l.all, nil
}

type listing struct {
	source  oci.Attacher
	image   string // its digest
	fetched int
	all     []Attached
}

func (l *listing) referrers(ctx context.Context, digest string) error {
	all, refused := l.source.Referrers(ctx, digest)
	for _, d := range all {
		if err := l.manifest(ctx, digest, d); err != nil {
			return err
		}
	}
	return refused
}

func (l *listing) signatures(ctx context.Context, digest string) error {
	raw, err := l.source.Tagged(ctx, signature.Tag(digest))
	if err != nil || raw == nil {
		return err
	}
	l.add(digest, "", raw)
	return nil
}

// beside looks at the attestations in an index.
func (l *listing) beside(ctx context.Context, digest string) error {
	if digest == l.image {
		return nil
	}
	raw, err := l.source.Manifest(ctx, oci.Descriptor{Digest: digest})
	if err != nil {
		return err
	}
	doc, err := oci.ParseDocument(raw)
	if err != nil {
		return err
	}
	for _, d := range doc.Entries {
		if d.Attestation() && d.Annotations["vnd.docker.reference.digest"] == l.image {
			if err := l.manifest(ctx, l.image, d); err != nil {
				return err
			}
		}
	}
	return nil
}

// manifest adds what a manifest has; what is damaged or gone is left out.
func (l *listing) manifest(ctx context.Context, of string, d oci.Descriptor) error {
	if !oci.ValidDigest(d.Digest) || d.Size <= 0 || d.Size > maxManifest || l.fetched == maxManifests {
		return nil
	}
	l.fetched++
	raw, err := l.source.Manifest(ctx, d)
	switch {
	case err == nil:
		l.add(of, d.ArtifactType, raw)
	case ctx.Err() != nil || failure.Temporary(err):
		return err
	}
	return nil
}

func (l *listing) add(of, kind string, raw []byte) {
	m, err := parseManifest(raw)
	if err != nil {
		return
	}
	for _, d := range m.Layers[:min(maxDocuments, len(m.Layers))] {
		if !oci.ValidDigest(d.Digest) || d.Size < 0 {
			continue
		}
		a := Attached{Of: of, Digest: d.Digest, Size: d.Size}
		for _, text := range []string{m.Annotations[signature.PredicateAnnotation], d.Annotations[predicateAnnotation], m.ArtifactType, kind, d.MediaType} {
			if a.Type == "" {
				a.Type = text
			}
		}
		a.What = whatIs(a.Type)
		l.all = append(l.all, a)
	}
}

// whatIs says what a type stands for.
func whatIs(kind string) string {
	for _, one := range []struct{ part, what string }{
		{"spdx", SBOM}, {"cyclonedx", SBOM}, {"syft", SBOM}, {"slsa", Provenance}, {"provenance", Provenance},
		{signature.Predicate, Signature}, {"simplesigning", Signature}, {"notary.signature", Signature},
	} {
		if strings.Contains(strings.ToLower(kind), one.part) {
			return one.what
		}
	}
	return Other
}
