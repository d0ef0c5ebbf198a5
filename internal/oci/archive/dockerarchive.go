package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
	"lxdocker/internal/oci"
)

// dockerImage is one element of manifest.json, which docker save writes: it names
// the config and the layers of each image
// (moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format").
type dockerImage struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// dockerArchive finds the image in what docker save wrote.
func (r resolver) dockerArchive(ctx context.Context, t *tarball) (*oci.Image, error) {
	raw, err := readFile(t, "manifest.json", oci.MaxManifest)
	if err != nil {
		return nil, err
	}
	var images []dockerImage
	if err := json.Unmarshal(raw, &images); err != nil {
		return nil, failure.Errorf(failure.Corrupt, "reading manifest.json: %w", err)
	}
	choices := make([]choice, len(images))
	for i, m := range images {
		choices[i] = choice{position: i, digest: m.Config, names: present(m.RepoTags...)}
	}
	chosen, err := choose(choices, r.ref.Name())
	if err != nil {
		return nil, err
	}
	var others []string
	for _, c := range chosen {
		saved, err := readSaved(t, images[c.position])
		if err != nil {
			return nil, err
		}
		if p, ok := saved.config.Fits(r.platform); ok {
			return saved.image(ctx, r.ref.Named(c.called(r.ref.Name())), p)
		}
		others = append(others, saved.config.PlatformName())
	}
	return nil, oci.NoPlatform(r.platform, others)
}

// savedImage is one image of a docker-archive.
type savedImage struct {
	dockerImage
	tar    *tarball
	config oci.ImageConfig
	digest string // of the config
}

func readSaved(t *tarball, m dockerImage) (savedImage, error) {
	img := savedImage{dockerImage: m, tar: t}
	raw, err := readFile(t, m.Config, oci.MaxConfig)
	if err != nil {
		return img, fmt.Errorf("reading config: %w", err)
	}
	img.digest = oci.DigestOf(raw)
	if img.config, err = oci.ParseConfig(raw); err != nil {
		return img, fmt.Errorf("reading config %s: %w", clean(m.Config), err)
	}
	return img, nil
}

// image adds the layers.
func (img savedImage) image(ctx context.Context, ref oci.Reference, p oci.Platform) (*oci.Image, error) {
	if len(img.Layers) != len(img.config.DiffIDs) {
		return nil, failure.Errorf(failure.Corrupt, "reading manifest.json: it names %d layers, but config %s names %d", len(img.Layers), img.digest, len(img.config.DiffIDs))
	}
	layers := &savedLayers{tar: img.tar, members: map[string]member{}}
	for i, name := range img.Layers {
		if err := layers.add(ctx, name, img.config.DiffIDs[i]); err != nil {
			return nil, fmt.Errorf("layer %d of %d: %w", i+1, len(img.Layers), err)
		}
	}
	return &oci.Image{
		Reference: ref,
		Platform:  p,
		// Such archives have no manifest, and so no digest of one. The digest of
		// the config covers the layers as well; the prefix keeps it from being
		// mistaken for that of a manifest.
		Digest:  oci.DigestOf([]byte("docker-archive config " + img.digest + "\n")),
		Config:  img.config.Config,
		Created: img.config.Created,
		Layers:  layers.list,
		Blobs:   layers,
	}, nil
}

// savedLayers is the layers of one image of a docker-archive.
type savedLayers struct {
	tar     *tarball
	list    []oci.Layer
	members map[string]member // by digest of the blob
}

// add records a layer. It usually is a plain tar, whose digest is the diffID; some
// programs (crane, kaniko) save compressed ones.
func (s *savedLayers) add(ctx context.Context, name, diffID string) error {
	m, err := s.tar.find(name)
	if err != nil {
		return err
	}
	layer := oci.Layer{Digest: diffID, DiffID: diffID, Size: m.size}
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
			return fmt.Errorf("reading %s: %w", clean(name), err)
		}
		layer.Digest = "sha256:" + hex.EncodeToString(h.Sum(nil))
	default:
		return failure.Errorf(failure.Unsupported, "not a container image: it is compressed by %s", kind)
	}
	s.list = append(s.list, layer)
	s.members[layer.Digest] = m
	return nil
}

func (s *savedLayers) section(m member) *io.SectionReader {
	return io.NewSectionReader(s.tar.f, m.offset, m.size)
}

// Open implements oci.Blobs.
func (s *savedLayers) Open(_ context.Context, l oci.Layer) (io.ReadCloser, error) {
	m, ok := s.members[l.Digest]
	if !ok {
		return nil, &missingError{l.Digest}
	}
	return io.NopCloser(s.section(m)), nil
}

// Close closes the archive.
func (s *savedLayers) Close() error { return s.tar.Close() }

// contextReader stops when its context ends.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.Reader.Read(p)
}
