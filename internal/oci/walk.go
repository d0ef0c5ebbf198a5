package oci

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// Limits of indexes: what registries hold is one or two deep, and has a dozen
// entries.
const (
	maxDepth     = 4
	maxDocuments = 64 // read to find one image
	maxOthers    = 30 // platforms that are named when none is the wanted one
)

// errNoPlatform is the error of an image that is not for the wanted platform.
var errNoPlatform = errors.New("other platform")

// walker goes from an index to the image for one platform.
type walker struct {
	source Source
	want   Platform
	loaded int
	others []string // platforms that were seen, but not wanted
}

// candidate is an image that may be the wanted one.
type candidate struct {
	digest   string
	chain    []string // of Image
	manifest *Manifest
	config   ImageConfig
	platform Platform
}

// Find returns the image for the wanted platform. Entries are those of an index, or
// the one descriptor of a manifest or index. The image gets ref as its Reference.
// Log gets warnings.
func Find(ctx context.Context, src Source, entries []Descriptor, ref Reference, want Platform, log *slog.Logger) (*Image, error) {
	w := &walker{source: src, want: want}
	f, err := w.choose(ctx, entries, nil)
	if errors.Is(err, errNoPlatform) {
		return nil, NoPlatform(want, w.others)
	}
	if err != nil {
		return nil, err
	}
	if d, ok := distance(want, f.platform); ok && d >= newerPenalty {
		log.WarnContext(ctx, "the image may need a newer processor", "wanted", want.String(), "image", f.platform.String())
	}
	return f.image(ref, src), nil
}

// NoPlatform is the error of an image that exists for other platforms only.
func NoPlatform(want Platform, others []string) error {
	if len(others) == 0 {
		return unsupportedf("it is an index that lists no image for Linux")
	}
	slices.Sort(others)
	others = slices.Compact(others)
	more := ""
	if n := len(others) - maxOthers; n > 0 {
		others, more = others[:maxOthers], fmt.Sprintf(" and %d others", n)
	}
	return failure.Because(failure.Platform, notFoundf("there is no image for %s, only for %s%s", want.normal(), strings.Join(others, ", "), more))
}

// choose returns the best entry of one index. Entries that name their platform come
// first: the others have to be fetched to know it. chain leads to the index.
func (w *walker) choose(ctx context.Context, entries []Descriptor, chain []string) (*candidate, error) {
	if len(chain) > maxDepth {
		return nil, corruptf("its indexes are nested more than %d deep", maxDepth)
	}
	var named, unnamed []Descriptor
	for _, e := range entries {
		p, known, linux := e.platform()
		switch {
		case e.Attestation(), e.MediaType != "" && !mediatype.IsIndex(e.MediaType) && !mediatype.IsManifest(e.MediaType):
		case !linux:
			if os := e.Platform.OS; os != "unknown" && p.Architecture != "unknown" {
				w.others = append(w.others, clean(os+"/"+e.Platform.Architecture))
			}
		case known:
			named = append(named, e)
		default:
			unnamed = append(unnamed, e)
		}
	}
	for _, e := range nearest(w.want, named, declared) {
		p := declared(e)
		f, err := w.descend(ctx, e, &p, chain)
		if !errors.Is(err, errNoPlatform) {
			return f, err
		}
	}
	for _, e := range named {
		w.others = append(w.others, clean(declared(e).String()))
	}
	return w.inspect(ctx, unnamed, chain)
}

func declared(e Descriptor) Platform {
	p, _, _ := e.platform()
	return p
}

// inspect fetches the entries that do not name their platform, such as those of
// single-platform pushes by buildah, and returns the best.
func (w *walker) inspect(ctx context.Context, entries []Descriptor, chain []string) (*candidate, error) {
	var images []*candidate
	var artifact error
	for _, e := range entries {
		f, err := w.descend(ctx, e, nil, chain)
		switch {
		case err == nil:
			images = append(images, f)
		case failure.KindOf(err) == failure.Unsupported, errors.Is(err, fs.ErrNotExist) && len(entries) > 1:
			// An artifact beside the image, or an entry that an archive
			// does not contain.
			if artifact == nil {
				artifact = err
			}
		case !errors.Is(err, errNoPlatform):
			return nil, err
		}
	}
	best := nearest(w.want, images, func(f *candidate) Platform { return f.platform })
	switch {
	case len(best) > 0:
		return best[0], nil
	case artifact != nil && len(w.others) == 0:
		return nil, artifact
	}
	return nil, errNoPlatform
}

// descend follows an entry. It was chosen for the platform as; if that is nil, the
// config decides.
func (w *walker) descend(ctx context.Context, e Descriptor, as *Platform, chain []string) (*candidate, error) {
	if err := e.check(MaxManifest); err != nil {
		return nil, fmt.Errorf("manifest: %w", err)
	}
	if w.loaded++; w.loaded > maxDocuments {
		return nil, corruptf("more than %d manifests would have to be fetched to find the image", maxDocuments)
	}
	raw, err := w.source.Manifest(ctx, e)
	if err != nil {
		return nil, err
	}
	doc, err := ParseDocument(raw)
	if err != nil {
		return nil, fmt.Errorf("reading manifest %s: %w", e.Digest, err)
	}
	chain = append(slices.Clip(chain), e.Digest)
	if doc.Manifest == nil {
		return w.choose(ctx, doc.Entries, chain)
	}
	return w.image(ctx, chain, doc.Manifest, as)
}

// image reads the config of a manifest, to which a chain leads.
func (w *walker) image(ctx context.Context, chain []string, m *Manifest, as *Platform) (*candidate, error) {
	digest := chain[len(chain)-1]
	raw, err := w.source.Config(ctx, m.Config)
	if err != nil {
		return nil, err
	}
	config, err := ParseConfig(raw)
	if err != nil {
		return nil, fmt.Errorf("reading config %s: %w", m.Config.Digest, err)
	}
	f := &candidate{digest: digest, chain: chain, manifest: m, config: config}
	if as != nil {
		// Docker, too, trusts the index: the config of an image that was
		// assembled on another machine often names that platform.
		f.platform = *as
	} else if p, ok := config.Fits(w.want); ok {
		f.platform = p
	} else {
		w.others = append(w.others, config.PlatformName())
		return nil, errNoPlatform
	}
	if len(config.DiffIDs) != len(m.Layers) {
		return nil, corruptf("reading config %s: it names %d layers, but manifest %s has %d",
			m.Config.Digest, len(config.DiffIDs), digest, len(m.Layers))
	}
	return f, nil
}

// image returns what callers see.
func (f *candidate) image(ref Reference, src Source) *Image {
	img := &Image{
		Reference: ref,
		Platform:  f.platform,
		Digest:    f.digest,
		Chain:     f.chain,
		Config:    f.config.Config,
		Created:   f.config.Created,
		Blobs:     src,
	}
	for i, l := range f.manifest.Layers {
		img.Layers = append(img.Layers, Layer{l.Digest, f.config.DiffIDs[i], l.MediaType, l.Size})
	}
	return img
}
