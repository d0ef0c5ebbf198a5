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
	maxSignatures = 64        // of one manifest
	maxFetched    = 128       // manifests and signatures
	maxBytes      = 8 << 20   // of them together
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
			err := look(ctx, digest)
			if err := s.tolerate(ctx, err); err != nil {
				return nil, err
			}
			if failure.KindOf(err) == failure.Denied {
				s.later = err // the registry says nothing, and who may ask it may learn of signatures
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
	fetched int   // manifests and signatures
	bytes   int64 // of them
	later   error // of something that may be a signature, and may be there later
	unread  error // of something that is of no use, the last one
}

// take counts a document of so many bytes. The error says that it is one too many.
func (s *search) take(size int64) error {
	if s.fetched == maxFetched || s.bytes+size > maxBytes {
		s.fetched = maxFetched // a smaller one is not looked at, either
		return failure.Publicf(failure.TooLarge, "more than %d documents or %d bytes are attached", maxFetched, maxBytes)
	}
	s.fetched++
	s.bytes += size
	return nil
}

// tolerate passes on what ends the search. Anybody may have attached what cannot be read; and
// something else may be what is asked for.
func (s *search) tolerate(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err == nil {
		return nil
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
	all, refused := s.source.Referrers(ctx, digest)
	all = slices.Clone(all)
	slices.SortStableFunc(all, func(a, b oci.Descriptor) int { return rank(a) - rank(b) })
	for _, d := range all {
		if !maySign(d) {
			continue
		}
		err := s.referrer(ctx, d)
		if err := s.tolerate(ctx, err); err != nil || s.tally.Satisfied() {
			return err
		}
	}
	return refused
}

func (s *search) referrer(ctx context.Context, d oci.Descriptor) error {
	if err := s.take(d.Size); err != nil {
		return err
	}
	raw, err := s.source.Manifest(ctx, d)
	if err != nil {
		return err
	}
	return s.attachment(ctx, raw)
}

// rank is lower of what is looked at first: what the list says is a signature, then what may
// be one.
func rank(d oci.Descriptor) int {
	switch {
	case d.Annotations[signature.PredicateAnnotation] == signature.Predicate:
		return 0
	case strings.HasPrefix(d.ArtifactType, signature.BundleType):
		return 1
	}
	return 2
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
	if err := s.take(int64(len(raw))); err != nil {
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
