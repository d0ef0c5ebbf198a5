//go:build e2e

package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// opener gives the files of an image server, from its folder or over the network.
type opener func(path string) (io.ReadCloser, error)

// open reads a file of the store, as any web server could serve it.
func (s *site) open(path string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(s.images, filepath.FromSlash(path)))
}

// offered is one image that clients are offered.
type offered struct {
	aliases     []string
	arch        string
	serial      string
	fingerprint string   // in LXD, and in Incus unless
	incus       string   // it has one of its own there, with a tarball in place of the squashfs
	paths       []string // of its files, metadata first
}

// in is the image's fingerprint in a daemon.
func (o offered) in(d testbed.Daemon) string {
	if d.Name == bed.Incus.Name {
		return o.incus
	}
	return o.fingerprint
}

// catalog is images.json, as far as the clients' own readers look at it.
type catalog struct {
	Products map[string]struct {
		Aliases  string `json:"aliases"`
		Arch     string `json:"arch"`
		Versions map[string]struct {
			Items map[string]item `json:"items"`
		} `json:"versions"`
	} `json:"products"`
}

type item struct {
	FType    string `json:"ftype"`
	Path     string `json:"path"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
	Squashfs string `json:"combined_squashfs_sha256"`
	Tarball  string `json:"combined_rootxz_sha256"`
}

// offers reads the catalog and every file in it, as LXD and Incus do, and fails
// if any size or hash of any version is not what the catalog says. It returns the
// newest versions.
func offers(open opener) (map[string]offered, error) {
	var index struct {
		Index map[string]struct {
			Path string `json:"path"`
		} `json:"index"`
	}
	if err := readJSON(open, "streams/v1/index.json", &index); err != nil {
		return nil, err
	}
	all := make(map[string]offered)
	for _, stream := range index.Index {
		var c catalog
		if err := readJSON(open, stream.Path, &c); err != nil {
			return nil, err
		}
		for id, p := range c.Products {
			for serial, v := range p.Versions {
				o := offered{aliases: strings.Split(p.Aliases, ","), arch: p.Arch, serial: serial}
				if err := o.check(open, v.Items); err != nil {
					return nil, fmt.Errorf("%s, version %s: %w", id, serial, err)
				}
				name, _, _ := strings.Cut(id, ":")
				if serial > all[name].serial { // older ones are offered as well; clients take the newest
					all[name] = o
				}
			}
		}
	}
	return all, nil
}

func readJSON(open opener, path string, into any) error {
	f, err := open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := json.NewDecoder(f).Decode(into); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// check goes through one version's items the way of each family of clients.
func (o *offered) check(open opener, items map[string]item) error {
	for family, fingerprint := range map[string]*string{"lxd": &o.fingerprint, "incus": &o.incus} {
		paths, err := follow(open, items, family, fingerprint)
		if err != nil {
			return fmt.Errorf("as %s sees it: %w", family, err)
		}
		o.paths = append(o.paths, paths...)
	}
	if _, own := items["root.tar.xz"]; own != (o.fingerprint != o.incus) {
		return fmt.Errorf("LXD is offered the image %s, Incus %s, and the items are %v", o.fingerprint, o.incus, items)
	}
	slices.Sort(o.paths) // lxd.tar.xz comes before rootfs
	o.paths = slices.Compact(o.paths)
	return nil
}

func follow(open opener, items map[string]item, family string, fingerprint *string) (paths []string, err error) {
	byType := make(map[string]item)
	for _, i := range items {
		byType[i.FType] = i
	}
	if unified, ok := byType[family+"_combined.tar.gz"]; ok {
		*fingerprint = unified.SHA256
		return []string{unified.Path}, unified.check(open, nil)
	}
	metadata := byType[family+".tar.xz"]
	rootfs, promised := byType["squashfs"], metadata.Squashfs
	if metadata.Tarball != "" {
		rootfs, promised = byType["root.tar.xz"], metadata.Tarball
	}
	if metadata.Tarball != "" && metadata.Squashfs != "" {
		return nil, fmt.Errorf("there are two images to choose from: %+v", metadata)
	}
	whole := sha256.New()
	for _, i := range []item{metadata, rootfs} {
		if err := i.check(open, whole); err != nil {
			return nil, err
		}
	}
	if sum := hex.EncodeToString(whole.Sum(nil)); sum != promised {
		return nil, fmt.Errorf("metadata and rootfs together have the hash %s, the catalog says %s", sum, promised)
	}
	*fingerprint = promised
	return []string{metadata.Path, rootfs.Path}, nil
}

// check reads the item's file.
func (i item) check(open opener, also hash.Hash) error {
	if i.Path == "" {
		return fmt.Errorf("an item is missing")
	}
	f, err := open(i.Path)
	if err != nil {
		return err
	}
	defer f.Close()
	own := sha256.New()
	to := io.Writer(own)
	if also != nil {
		to = io.MultiWriter(own, also)
	}
	n, err := io.Copy(to, f)
	if err != nil {
		return fmt.Errorf("reading %s: %w", i.Path, err)
	}
	if sum := hex.EncodeToString(own.Sum(nil)); n != i.Size || sum != i.SHA256 {
		return fmt.Errorf("%s is %d bytes with the hash %s, the catalog says %d and %s", i.Path, n, sum, i.Size, i.SHA256)
	}
	return nil
}

// mustOffer checks that exactly these images are offered, in the folder and by
// the server where there is one, and returns them.
func mustOffer(t *testing.T, s *site, h *hub, names ...string) map[string]offered {
	t.Helper()
	inFolder, err := offers(s.open)
	if err != nil {
		t.Fatalf("the images folder: %v", err)
	}
	got := make([]string, 0, len(inFolder))
	for name := range inFolder {
		got = append(got, name)
	}
	slices.Sort(got)
	slices.Sort(names)
	if !slices.Equal(got, names) {
		t.Fatalf("the images folder offers %q, not %q", got, names)
	}
	if h == nil {
		return inFolder
	}
	served, err := offers(h.open)
	if err != nil {
		t.Fatalf("imgserver: %v", err)
	}
	for _, name := range names {
		if served[name].fingerprint != inFolder[name].fingerprint || served[name].incus != inFolder[name].incus || len(served) != len(inFolder) {
			t.Fatalf("imgserver offers %v, the folder has %v", served, inFolder)
		}
	}
	return served
}
