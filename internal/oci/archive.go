package oci

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// resolveArchive finds an image in a tar file. Both kinds of archives are told
// by what is in them: what docker save writes since Docker 25 is both, and then
// the OCI layout counts, which has digests.
func (c *Client) resolveArchive(ctx context.Context, ref Reference, p Platform) (*Image, error) {
	t, err := openTarball(ctx, ref.path, c.cache.dir)
	if err != nil {
		return nil, err
	}
	img, err := c.resolveTarball(ctx, t, ref, p)
	if err != nil {
		t.Close()
		return nil, err
	}
	return img, nil
}

func (c *Client) resolveTarball(ctx context.Context, t *tarball, ref Reference, p Platform) (*Image, error) {
	_, noLayout := t.find("oci-layout")
	_, noDocker := t.find("manifest.json")
	switch {
	case noLayout == nil:
		img, err := layout{t}.resolve(ctx, c, ref, p)
		if errors.Is(err, errNoSuchName) && noDocker == nil {
			// Some of them name their images only in manifest.json.
			return dockerArchive{t}.resolve(ctx, ref, p)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w (the archive does not hold all that it lists; was it saved for another platform?)", err)
		}
		return img, err
	case noDocker == nil:
		return dockerArchive{t}.resolve(ctx, ref, p)
	}
	if _, err := t.find("repositories"); err == nil {
		return nil, unsupported("it was saved by a Docker older than 1.10; save it again")
	}
	return nil, unsupported("the archive has neither oci-layout nor manifest.json")
}
