package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
)

// Demand is an image that somebody asked for, and nobody wrote a spec for.
type Demand struct {
	Ref          oci.Reference
	Architecture string // in LXD's words
	Background   bool   // nobody waits: a registry that wants to be left alone is
}

// Supply brings the image of a demand up to date and returns the version that
// clients get. It needs no lock of the store: a run on specs does not touch
// images of the hub.
func (b *Builder) Supply(ctx context.Context, s *store.Store, d Demand) (image.Version, error) {
	p, err := ociPlatform(d.Architecture)
	if err != nil {
		return image.Version{}, err
	}
	results, err := b.Run(ctx, s, Request{Specs: []spec.Spec{hubSpec(d.Ref, p)}, Hub: true, Background: d.Background})
	if err != nil {
		return image.Version{}, err
	}
	return results[0].Version, results[0].Err
}

// hubSpec is the spec that stands for a reference. Every way to write that is an
// alias of the image.
func hubSpec(ref oci.Reference, p oci.Platform) spec.Spec {
	var aliases []string
	for _, a := range ref.Spellings() {
		if len(a) <= maxAlias {
			aliases = append(aliases, a)
		}
	}
	return spec.Spec{
		Name:         hubName(ref),
		Image:        ref.String(),
		Aliases:      aliases,
		Architecture: []string{strings.TrimPrefix(p.String(), "linux/")},
		Properties:   map[string]string{"os": path.Base(ref.Repository())},
	}
}

const (
	maxAlias = 255 // bytes that the store lets an alias have
	maxWords = 120 // bytes of a hub image's name that are for people
)

// hubName is the name in the store of an image that has none. It begins with
// what people recognise; the sum makes that unique.
func hubName(ref oci.Reference) string {
	words := strings.Map(func(c rune) rune {
		if strings.ContainsRune("/:@", c) {
			return '_'
		}
		return c
	}, ref.String())
	sum := sha256.Sum256([]byte(ref.String()))
	return words[:min(len(words), maxWords)] + "_" + hex.EncodeToString(sum[:6])
}

// Passing says whether an error may well be gone by itself: the registry's
// trouble, or this machine's. What else goes wrong lies in the image, or in how
// lxdocker is called, and stays.
func Passing(err error) bool {
	if kind := failure.KindOf(err); kind != failure.Internal || errors.Is(err, ErrTooLarge) {
		return kind.Temporary()
	}
	var file *fs.PathError
	var number syscall.Errno
	return errors.As(err, &file) || errors.As(err, &number)
}

// ErrTooLarge is what the errors of images wrap that are beyond Builder.MaxImage.
var ErrTooLarge = errors.New("image too large")

// fits refuses an image before anything of it is fetched.
func (b *Builder) fits(source *oci.Image) error {
	var size int64
	for _, l := range source.Layers {
		size += l.Size
	}
	if b.MaxImage > 0 && size > b.MaxImage {
		return fmt.Errorf("%w: the layers of %s have %d bytes, and no more than %d are allowed here", ErrTooLarge, source.Reference, size, b.MaxImage)
	}
	return nil
}

// Drop takes an image of the hub out of what the store offers, unless it is pinned. Its files stay as
// long as those of every version that left the index.
func (b *Builder) Drop(s *store.Store, v image.Version) error {
	versions, err := s.Versions()
	if err != nil {
		return err
	}
	run := &run{Builder: b, store: s}
	var errs []error
	for _, o := range versions {
		if o.Hub && o.Retired == nil && o.Pinned == nil && o.Product() == v.Product() {
			errs = append(errs, s.Retire(o, b.Now()))
		}
	}
	return errors.Join(append(errs, run.writeStreams())...)
}
