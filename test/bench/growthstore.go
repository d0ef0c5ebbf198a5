package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// generations is how many versions each image of a store has.
const generations = 3

// batch is how many images are built into one folder, before they go to where
// all are: whatever a program's own costs are, this has to end.
const batch = 500

// site is a store of so many images, with their specs and their cache.
type site struct {
	dir    string
	images int
}

func (s site) path(name string) string { return filepath.Join(s.dir, name) }

// image is the name of one of a site's images.
func image(n int) string { return fmt.Sprintf("image-%05d", n) }

// makeSite builds a store of so many images. The newest version of each is what
// a run makes of its spec, so that the next run finds nothing new; its files are
// then made tiny, and two older versions are written beside it, as the package
// documentation of the store has the layout.
func (g growing) makeSite(ctx context.Context, n int) (site, error) {
	s := site{dir: filepath.Join(g.dir, fmt.Sprintf("site-%d", n)), images: n}
	done := s.path("complete")
	if _, err := os.Stat(done); err == nil {
		return s, nil // by an earlier run, in a folder that stays
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return s, err
	}
	for _, name := range []string{"specs", "images/images"} {
		if err := os.MkdirAll(s.path(name), 0o755); err != nil {
			return s, err
		}
	}
	for first := 0; first < n; first += batch {
		if err := g.build(ctx, s, first, min(n, first+batch)); err != nil {
			return s, err
		}
	}
	return s, os.WriteFile(done, nil, 0o644)
}

// build makes some of a site's images.
func (g growing) build(ctx context.Context, s site, first, end int) error {
	part := site{dir: s.path("part")}
	defer os.RemoveAll(part.dir)
	if err := os.MkdirAll(part.path("specs"), 0o755); err != nil {
		return err
	}
	for n := first; n < end; n++ {
		spec := fmt.Sprintf("image: library/%s\naliases: [also-%s]\n", image(n), image(n))
		if err := os.WriteFile(part.path("specs/"+image(n)+".yaml"), []byte(spec), 0o644); err != nil {
			return err
		}
	}
	if _, err := g.lxdocker(ctx, s.path("cache"), part); err != nil {
		return err
	}
	for n := first; n < end; n++ {
		name := image(n)
		if err := os.Rename(part.path("specs/"+name+".yaml"), s.path("specs/"+name+".yaml")); err != nil {
			return err
		}
		if err := shrink(part.path("images/images/"+name), n); err != nil {
			return err
		}
		if err := os.Rename(part.path("images/images/"+name), s.path("images/images/"+name)); err != nil {
			return err
		}
	}
	return nil
}

// lxdocker runs the program on a site.
func (g growing) lxdocker(ctx context.Context, cache string, s site, more ...string) (said string, err error) {
	args := append([]string{
		"build", "--specs", s.path("specs"), "--cache", cache, "--lxdimages", s.path("images"), "--compression", "fast",
		"--mirror", "docker.io=" + g.registry.address, "--insecure-registry", g.registry.address,
	}, more...)
	out, err := exec.CommandContext(ctx, filepath.Join(g.programs, "lxdocker"), args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running lxdocker: %w\n%.2000s", err, out)
	}
	return string(out), nil
}

// shrink gives an image's version tiny files, and two older ones.
func shrink(product string, n int) error {
	folders, err := filepath.Glob(filepath.Join(product, "*", "*"))
	if err != nil || len(folders) != 1 {
		return fmt.Errorf("looking for the version of %s: %d folders, %w", product, len(folders), err)
	}
	text, err := os.ReadFile(filepath.Join(folders[0], "version.json"))
	if err != nil {
		return err
	}
	var version map[string]any
	if err := json.Unmarshal(text, &version); err != nil {
		return err
	}
	if err := os.RemoveAll(folders[0]); err != nil {
		return err
	}
	key := version["key"]
	for generation := range generations {
		serial := filepath.Base(folders[0])
		version["key"] = key
		if generation > 0 {
			serial = fmt.Sprintf("2026010%d_000000", generation)
			version["key"] = hex.EncodeToString(fmt.Append(nil, generation))
		}
		version["serial"] = serial
		if err := writeVersion(filepath.Join(filepath.Dir(folders[0]), serial), version, fmt.Sprintf("%d.%d ", n, generation)); err != nil {
			return err
		}
	}
	return nil
}

// writeVersion writes a version: its two files and what is said of it.
func writeVersion(folder string, version map[string]any, content string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	all := sha256.New()
	var files []any
	for _, f := range [][2]string{{"metadata", "lxd.tar.xz"}, {"squashfs", "rootfs.squashfs"}} {
		data := []byte(content + f[0] + strings.Repeat(".", 100))
		sum := sha256.Sum256(data)
		all.Write(data)
		files = append(files, map[string]any{"kind": f[0], "name": f[1], "size": len(data), "sha256": hex.EncodeToString(sum[:])})
		if err := os.WriteFile(filepath.Join(folder, f[1]), data, 0o644); err != nil {
			return err
		}
	}
	version["files"], version["fingerprint"] = files, hex.EncodeToString(all.Sum(nil))
	text, err := json.MarshalIndent(version, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "version.json"), append(text, '\n'), 0o644)
}
