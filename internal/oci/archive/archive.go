package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
	"lxdocker/internal/terminal"
)

// Options are what Resolve needs besides a reference.
type Options struct {
	// Spool is a folder in which compressed archives are unpacked, into unlinked
	// files.
	Spool string
	// Log gets warnings. Nil for none.
	Log *slog.Logger
}

// Resolve finds the image that a reference to a layout or an archive names, for one
// platform. The caller closes it.
func Resolve(ctx context.Context, ref oci.Reference, p oci.Platform, o Options) (*oci.Image, error) {
	r := resolver{ref: ref, platform: p, log: o.Log}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if ref.Kind() == oci.Layout {
		return r.folder(ctx)
	}
	t, err := openTarball(ctx, ref.Path(), o.Spool)
	if err != nil {
		return nil, err
	}
	img, err := r.tarball(ctx, t)
	if err != nil {
		_ = t.Close()
		return nil, err
	}
	return img, nil
}

// resolver looks for one image.
type resolver struct {
	ref      oci.Reference
	platform oci.Platform
	log      *slog.Logger
}

// tarball finds the image in a tar file, whose content decides which kind it is. Since
// Docker 25, docker save writes both; then the OCI layout is used, because it has digests.
func (r resolver) tarball(ctx context.Context, t *tarball) (*oci.Image, error) {
	_, noLayout := t.find("oci-layout")
	_, noDocker := t.find("manifest.json")
	switch {
	case noLayout == nil:
		img, err := r.layout(ctx, layout{t})
		if errors.Is(err, errNoSuchName) && noDocker == nil {
			// Some name their images in manifest.json only.
			return r.dockerArchive(ctx, t)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w (the archive does not hold all that it lists; was it saved for another platform?)", err)
		}
		return img, err
	case noDocker == nil:
		return r.dockerArchive(ctx, t)
	}
	if _, err := t.find("repositories"); err == nil {
		return nil, failure.Errorf(failure.Unsupported, "it was saved by a Docker older than 1.10; save it again")
	}
	return nil, failure.Errorf(failure.Unsupported, "not a container image: the archive has neither oci-layout nor manifest.json")
}

// clean makes text of an archive safe for an error message.
func clean(s string) string { return terminal.Clean(s, 300) }
