package oci

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"lxdocker/internal/mediatype"
)

// dockerArchive is what docker save writes: manifest.json, which names the
// config and the layers of each image in it
// (moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format").
type dockerArchive struct {
	tar *tarball
}

// dockerImage is one element of manifest.json.
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func (a dockerArchive) resolve(ctx context.Context, ref Reference, p Platform) (*Image, error) {
	raw, err := readFile(a.tar, "manifest.json", maxManifest)
	if err != nil {
		return nil, err
	}
	var images []dockerImage
	if err := json.Unmarshal(raw, &images); err != nil {
		return nil, corruptf("reading manifest.json: %w", err)
	}
	choices := make([]choice, len(images))
	for i, m := range images {
		choices[i] = choice{position: i, digest: m.Config, names: present(m.RepoTags...)}
	}
	chosen, err := choose(choices, ref.name)
	if err != nil {
		return nil, err
	}
	var others []string
	for _, c := range chosen {
		img, err := a.image(ctx, images[c.position], p)
		if errors.Is(err, errNoPlatform) {
			others = append(others, img.platformName())
			continue
		} else if err != nil {
			return nil, err
		}
		return img.finish(ref)
	}
	return nil, otherPlatforms(p, others)
}

// savedImage is an image of a docker-archive that fits.
type savedImage struct {
	imageConfig
	digest string // of the config
	layers savedLayers
}

func (a dockerArchive) image(ctx context.Context, m dockerImage, p Platform) (savedImage, error) {
	raw, err := readFile(a.tar, m.Config, maxConfig)
	if err != nil {
		return savedImage{}, fmt.Errorf("reading config: %w", err)
	}
	img := savedImage{digest: digestOf(raw)}
	if img.imageConfig, err = parseConfig(raw); err != nil {
		return img, fmt.Errorf("reading config %s: %w", printable(m.Config), err)
	}
	fits, err := img.fits(p)
	if err != nil {
		return img, err
	}
	img.platform = fits
	if len(m.Layers) != len(img.diffIDs) {
		return img, corruptf("reading manifest.json: it names %d layers, but config %s names %d", len(m.Layers), img.digest, len(img.diffIDs))
	}
	img.layers = savedLayers{tar: a.tar, members: map[string]member{}}
	for i, name := range m.Layers {
		if err := img.layers.add(ctx, name, img.diffIDs[i]); err != nil {
			return img, fmt.Errorf("layer %d of %d: %w", i+1, len(m.Layers), err)
		}
	}
	return img, nil
}

func (img savedImage) finish(ref Reference) (*Image, error) {
	// Such archives have no manifest whose digest could be taken. The config
	// says all, layers included, but must not be mistaken for a manifest.
	sum := sha256.Sum256([]byte("docker-archive config " + img.digest + "\n"))
	return &Image{
		Reference: ref,
		Platform:  img.platform,
		Digest:    "sha256:" + hex.EncodeToString(sum[:]),
		Config:    img.config,
		Created:   img.created,
		Layers:    img.layers.list,
		blobs:     &img.layers,
	}, nil
}

// savedLayers is the layers of one image of a docker-archive.
type savedLayers struct {
	tar     *tarball
	list    []Layer
	members map[string]member // by digest of the blob
}

// add notes a layer. It is a plain tar, and thus its diffID its digest; but some
// programs (crane, kaniko) save compressed ones.
func (s *savedLayers) add(ctx context.Context, name, diffID string) error {
	m, err := s.tar.find(name)
	if err != nil {
		return err
	}
	layer := Layer{Digest: diffID, DiffID: diffID, Size: m.size}
	var head [mediatype.SniffLen]byte
	n, err := s.section(m).ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return err
	}
	kind := mediatype.Sniff(head[:n])
	switch layer.MediaType = kind.Layer(); kind {
	case mediatype.Uncompressed:
	case mediatype.Gzip, mediatype.Zstd:
		h := sha256.New()
		if _, err := io.Copy(h, contextReader{ctx, s.section(m)}); err != nil {
			return fmt.Errorf("reading %s: %w", printable(name), err)
		}
		layer.Digest = "sha256:" + hex.EncodeToString(h.Sum(nil))
	default:
		return unsupported("it is compressed by %s", kind)
	}
	s.list = append(s.list, layer)
	s.members[layer.Digest] = m
	return nil
}

func (s *savedLayers) section(m member) *io.SectionReader {
	return io.NewSectionReader(s.tar.f, m.offset, m.size)
}

// open implements source.
func (s *savedLayers) open(_ context.Context, l Layer) (io.ReadCloser, error) {
	m, ok := s.members[l.Digest]
	if !ok {
		return nil, &missingError{l.Digest}
	}
	return io.NopCloser(s.section(m)), nil
}

// Close lets go of the archive.
func (s *savedLayers) Close() error { return s.tar.Close() }
