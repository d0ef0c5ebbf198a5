package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"lxdocker/internal/build"
	"lxdocker/internal/config"
	"lxdocker/internal/convert"
	published "lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
)

// generations is how many versions each image of a store has.
const generations = 3

// site is a store of so many images, with their specs and their cache.
type site struct {
	dir    string
	images int
}

func (s site) path(name string) string { return filepath.Join(s.dir, name) }

// image is the name of one of a site's images.
func image(n int) string { return fmt.Sprintf("image-%05d", n) }

// makeSite makes a store of so many images, as the package documentation of
// store/dir has the layout. The newest version of each says that it is what its spec
// gives, so that a run finds nothing new; but its files, and those of two older
// versions, are tiny.
func (g growing) makeSite(ctx context.Context, n int) (site, error) {
	s := site{dir: filepath.Join(g.dir, fmt.Sprintf("site-%d", n)), images: n}
	if err := os.MkdirAll(s.path("specs"), 0o755); err != nil {
		return s, err
	}
	for i := range n {
		text := fmt.Sprintf("image: library/%s\naliases: [also-%s]\n", image(i), image(i))
		if err := os.WriteFile(s.path("specs/"+image(i)+".yaml"), []byte(text), 0o644); err != nil {
			return s, err
		}
	}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	options := config.ConvertFlags{Cache: s.path("cache")}
	options.Register(flags)
	if err := flags.Parse(g.flags()); err != nil {
		return s, err
	}
	b, host, err := options.Builder(progress.Discard(), slog.New(slog.DiscardHandler))
	if err != nil {
		return s, err
	}
	specs, err := spec.ReadDir(s.path("specs"))
	if err != nil {
		return s, err
	}
	plan := build.NewPlan(specs, host)
	if err := plan.Wrong.Err(); err != nil {
		return s, err
	}
	for _, j := range plan.Jobs {
		if err := s.publish(ctx, b, j); err != nil {
			return s, err
		}
	}
	return s, nil
}

// publish writes the versions of one image.
func (s site) publish(ctx context.Context, b *build.Builder, j convert.Job) error {
	c, err := b.Start(ctx, j, progress.Discard().Task(""))
	if err != nil {
		return err
	}
	defer c.Close()
	for generation := range generations {
		v := published.Version{
			Name: j.Product.Name, Architecture: j.Product.Architecture, Key: c.Key(), Serial: fmt.Sprintf("2026010%d_000000", 9-generation),
			Source: j.Ref.String(), SourceDigest: c.Manifest(), Layers: c.Layers(), Release: j.Ref.Tag(),
			Description: j.Ref.String(), Aliases: j.Edits.Aliases, Created: time.Unix(1_767_225_600, 0).UTC(),
		}
		if generation > 0 {
			v.Key = fmt.Sprintf("%064x", generation)
		}
		if err := s.write(v); err != nil {
			return err
		}
	}
	return nil
}

// write writes a version: two files, and what is said of it.
func (s site) write(v published.Version) error {
	folder := filepath.Join(s.path("images"), v.Dir())
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	all := sha256.New()
	for _, f := range []published.File{{Kind: published.Metadata, Name: "lxd.tar.xz"}, {Kind: published.Squashfs, Name: "rootfs.squashfs"}} {
		data := []byte(v.Name + v.Serial + f.Name + strings.Repeat(".", 100))
		sum := sha256.Sum256(data)
		all.Write(data)
		f.Size, f.SHA256 = int64(len(data)), hex.EncodeToString(sum[:])
		v.Files = append(v.Files, f)
		if err := os.WriteFile(filepath.Join(folder, f.Name), data, 0o644); err != nil {
			return err
		}
	}
	v.Fingerprint = hex.EncodeToString(all.Sum(nil))
	text, err := json.MarshalIndent(struct {
		Format int `json:"format"`
		published.Version
	}{1, v}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "version.json"), append(text, '\n'), 0o644)
}

// flags are those of whatever converts.
func (g growing) flags() []string {
	return []string{"--compression", "fast", "--mirror", "docker.io=" + g.registry.address, "--insecure-registry", g.registry.address}
}

// lxdocker runs the program on a site.
func (g growing) lxdocker(ctx context.Context, s site, more ...string) (said string, err error) {
	args := append([]string{"build", "--quiet=false", "--specs", s.path("specs"), "--cache", s.path("cache"), "--lxdimages", s.path("images")}, g.flags()...)
	out, err := exec.CommandContext(ctx, filepath.Join(g.programs, "lxdocker"), append(args, more...)...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running lxdocker: %w\n%.2000s", err, out)
	}
	return string(out), nil
}
