package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/oci"
)

// strangersFolder is where documents are kept that were fetched for strangers, by registry;
// and what is known of layers, which others keep.
const strangersFolder = "registries"

// layerSuffix is that of the empty files that say: this registry has sent this layer.
const layerSuffix = ".layer"

// ForStrangers returns the client for images that strangers name. Those get what the
// repository gives to everybody, and not what is here for other reasons:
//
//   - nothing leads into networks of this machine, but to hosts that a person has named
//   - it has no logins, unless Options.StrangersLogin says so, and rate limits of its own
//   - of documents in the cache it uses those that it has fetched itself from the same
//     registry, and of layers those that the repository proves to have
//   - a digest is asked for in the repository that is said to have it
func (c *Client) ForStrangers() *Client {
	c.makeStrangers.Do(func() {
		retries := *c.transport.(*retrier)
		stall := *c.limits.inner.(*stallGuard)
		stall.inner = stall.inner.(*route).guarded(newGuard(func() []string { return *c.strangersHosts.Load() }))
		limits := &rateLimits{inner: &stall, now: c.pause.now, until: map[string]time.Time{}}
		retries.inner = limits
		s := &Client{
			cache: cache{dir: c.cache.dir, log: c.cache.log, kept: &c.kept}, insecure: c.insecure, mirrors: c.mirrors, log: c.log, transport: &retries,
			pause: c.pause, limits: limits, blobs: served{now: c.pause.now}, forStrangers: true,
		}
		if c.strangersLogin {
			s.keychains = c.keychains
		}
		c.strangers = s
	})
	return c.strangers
}

// registryFolder is where is kept what came from the registry of a repository.
func (r *repository) registryFolder() string {
	return filepath.Join(r.client.cache.dir, strangersFolder, strings.ReplaceAll(r.repo.RegistryStr(), string(filepath.Separator), "_"))
}

// documents is the cache that a repository may use.
func (r *repository) documents() cache {
	if !r.client.forStrangers {
		return r.client.cache
	}
	return cache{dir: r.registryFolder(), log: r.client.log, kept: r.client.cache.kept}
}

// Proved implements oci.Prover.
func (r *repository) Proved(l oci.Layer) {
	file, now := r.layerFile(l), r.client.pause.now()
	err := os.Chtimes(file, now, now)
	if errors.Is(err, fs.ErrNotExist) {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
		if err == nil {
			err = os.WriteFile(file, nil, 0o600)
		}
	}
	if err != nil {
		r.client.log.Warn("not keeping which registry a layer is from", "digest", l.Digest, "error", err)
	}
}

func (r *repository) layerFile(l oci.Layer) string {
	return filepath.Join(r.registryFolder(), strings.TrimPrefix(l.Digest, "sha256:")+layerSuffix)
}

// Prove implements oci.Prover. Whether it has a layer, a registry may say as it likes. So
// one counts that has sent it once; from others it is fetched, and thrown away.
func (r *repository) Prove(ctx context.Context, l oci.Layer) error {
	if _, err := os.Stat(r.layerFile(l)); err == nil {
		resp, s, err := r.client.request(ctx, r.repo, http.MethodHead, "/blobs/"+l.Digest, nil)
		if err != nil {
			return err
		}
		drain(resp)
		switch {
		case resp.StatusCode < http.StatusBadRequest:
			r.Proved(l)
			return nil
		case resp.StatusCode == http.StatusNotFound:
			return s.refusal(r.client, resp)
		}
	}
	b, err := openBlob(ctx, r.client, r.repo, l.Digest, l.Size, plain, r.alive.Load())
	if err != nil {
		return err
	}
	defer b.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, b); err != nil {
		return err
	}
	if got := "sha256:" + hex.EncodeToString(sum.Sum(nil)); got != l.Digest {
		r.client.mirrors.failed(b.host)
		return failure.Publicf(failure.Corrupt, "layer %s: the registry sends one with the digest %s", l.Digest, got)
	}
	r.Proved(l)
	return nil
}

// byDigest asks the repository itself for what a digest in a reference means.
func (r *repository) byDigest(ctx context.Context, digest string) error {
	got, err := r.lookup(ctx, digest)
	if err == nil && got != digest {
		err = failure.Publicf(failure.Corrupt, "asked for %s, the registry answers with %s", digest, got)
	}
	return err
}

// collectStrangers removes what no image needs of what was fetched for strangers, and
// forgets which layers registries have, after a time.
func (c *Client) collectStrangers(keep func(digest string) bool, age time.Duration) error {
	root := filepath.Join(c.cache.dir, strangersFolder)
	folders, err := os.ReadDir(root)
	if err != nil {
		return nil // there are none
	}
	now := c.pause.now()
	for _, f := range folders {
		dir := filepath.Join(root, f.Name())
		if err := (cache{dir: dir, log: c.log}).collect(keep, age, now); err != nil {
			return err
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, file := range files {
			if st, err := file.Info(); err == nil && strings.HasSuffix(file.Name(), layerSuffix) && now.Sub(st.ModTime()) >= age {
				_ = os.Remove(filepath.Join(dir, file.Name()))
			}
		}
		_ = os.Remove(dir) // if it is empty
	}
	return nil
}

var _ oci.Prover = (*repository)(nil)
