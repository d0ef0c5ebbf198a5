package trust

import (
	"context"
	"slices"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/signature"
)

// Limits for one image. A signature beyond them is not found, and the image is refused.
const (
	maxManifest   = 256 << 10 // bytes of what describes an attachment
	maxManifests  = 48        // fetched
	maxSignatures = 64        // of one manifest
)

// Check says what satisfies a rule. digests lead from the reference to the manifest of the
// image, which is the last; source is where that is from. The error is Untrusted if the
// image does not satisfy the rule, and another one if that cannot be known now.
func Check(ctx context.Context, source oci.Blobs, digests []string, r signature.Rule) ([]signature.Evidence, error) {
	if r.Digest != "" && !slices.Contains(digests, r.Digest) {
		return nil, failure.Publicf(failure.Untrusted, "it has the digest %s, and %s is asked for", strings.Join(digests, " or "), r.Digest)
	}
	if len(r.Keys) == 0 {
		return nil, nil
	}
	attacher, ok := source.(oci.Attacher)
	if !ok || len(digests) == 0 {
		return nil, failure.Publicf(failure.Untrusted, "signatures are looked for in registries only, and it is in none")
	}
	s := &search{source: attacher, tally: signature.NewTally(r, digests)}
	for _, look := range []func(context.Context, string) error{s.referrers, s.tag} {
		for _, digest := range digests {
			if err := look(ctx, digest); s.tolerate(ctx, err) != nil {
				return nil, err
			}
			if s.tally.Satisfied() {
				return s.tally.Evidence(), nil
			}
		}
	}
	if s.later != nil {
		return nil, s.later
	}
	why := s.tally.Why()
	if s.unread != nil {
		return nil, failure.Tell(failure.Errorf(failure.Untrusted, "%s; what else is attached cannot be read: %w", why, s.unread), why)
	}
	return nil, failure.Publicf(failure.Untrusted, "%s", why)
}

// search is one look for signatures.
type search struct {
	source  oci.Attacher
	tally   *signature.Tally
	fetched int   // manifests
	later   error // of something that may be a signature, and may be there later
	unread  error // of something that is of no use, the last one
}

// tolerate passes on what ends the search. Anybody may have attached what cannot be read; and
// something else may be what is asked for.
func (s *search) tolerate(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	switch failure.KindOf(err) {
	case failure.NotFound, failure.Denied, failure.Corrupt, failure.TooLarge, failure.Unsupported:
		s.unread = err
	default:
		s.later = err
	}
	return nil
}

// referrers looks at what the registry lists.
func (s *search) referrers(ctx context.Context, digest string) error {
	all, err := s.source.Referrers(ctx, digest)
	if err != nil {
		return err
	}
	for _, d := range all {
		if !maySign(d) || s.fetched == maxManifests {
			continue
		}
		s.fetched++
		raw, err := s.source.Manifest(ctx, d)
		if err == nil {
			err = s.attachment(ctx, raw)
		}
		if err := s.tolerate(ctx, err); err != nil || s.tally.Satisfied() {
			return err
		}
	}
	return nil
}

// maySign says whether a referrer is worth fetching. The list may lack what a manifest says
// (go-containerregistry before 0.22.1 keeps it without annotations, and with the type of the
// empty config), but what it says of something else is right.
func maySign(d oci.Descriptor) bool {
	switch predicate := d.Annotations[signature.PredicateAnnotation]; {
	case !oci.ValidDigest(d.Digest) || d.Size <= 0 || d.Size > maxManifest:
		return false
	case predicate != "" && predicate != signature.Predicate:
		return false
	}
	for _, prefix := range []string{signature.BundleType, "application/vnd.oci.", "application/vnd.dev.cosign."} {
		if strings.HasPrefix(d.ArtifactType, prefix) {
			return true
		}
	}
	return d.ArtifactType == ""
}

// tag looks at what the tag has that stands for the signatures of a digest.
func (s *search) tag(ctx context.Context, digest string) error {
	raw, err := s.source.Tagged(ctx, signature.Tag(digest))
	if err != nil || raw == nil {
		return err
	}
	return s.attachment(ctx, raw)
}

// attachment looks at the signatures of a manifest.
func (s *search) attachment(ctx context.Context, raw []byte) error {
	m, err := parseManifest(raw)
	if err != nil {
		return err
	}
	for _, l := range m.Layers[:min(maxSignatures, len(m.Layers))] {
		signed, err := s.signed(ctx, l)
		if err == nil && signed != nil {
			s.tally.Add(*signed)
		}
		if err := s.tolerate(ctx, err); err != nil || s.tally.Satisfied() {
			return err
		}
	}
	return nil
}

// signed reads one signature; nil if the layer is something else.
func (s *search) signed(ctx context.Context, l oci.Descriptor) (*signature.Signed, error) {
	limit, parse := int64(signature.MaxBundle), signature.ParseBundle
	switch {
	case strings.HasPrefix(l.MediaType, signature.BundleType):
	case l.MediaType == signature.SimpleType:
		limit, parse = signature.MaxSimple, func(payload []byte) (signature.Signed, error) {
			return signature.ParseSimple(payload, l.Annotations[signature.SimpleAnnotation])
		}
	default:
		return nil, nil
	}
	raw, err := s.blob(ctx, l, limit)
	if err != nil {
		return nil, err
	}
	signed, err := parse(raw)
	if err != nil {
		return nil, failure.New(failure.Unsupported, err)
	}
	return &signed, nil
}
