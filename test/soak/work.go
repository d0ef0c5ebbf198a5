package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// tags are those that move, and specs those whose images change.
var (
	tags  = []string{"soak/one:latest", "soak/two:latest", "soak/three:stable", "soak/four:latest"}
	specs = []string{"red", "green", "blue"}
)

// push lets a tag name an image that nobody has had yet.
func (s *soak) push(ctx context.Context, tag string) error {
	from, err := name.ParseReference(s.registry+"/library/goserver:latest", name.Insecure)
	if err != nil {
		return err
	}
	to, err := name.NewTag(s.registry+"/"+tag, name.Insecure)
	if err != nil {
		return err
	}
	base, err := remote.Image(from, remote.WithContext(ctx))
	if err != nil {
		return err
	}
	archive, err := noise()
	if err != nil {
		return err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive)), nil })
	if err != nil {
		return err
	}
	image, err := mutate.AppendLayers(base, layer)
	if err != nil {
		return err
	}
	return remote.Write(to, image, remote.WithContext(ctx))
}

// noise is a layer that nobody has.
func noise() ([]byte, error) {
	content := make([]byte, 500_000)
	for i := range content {
		content[i] = byte(rand.Uint32())
	}
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "noise", Mode: 0o644, Size: int64(len(content))}); err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	return b.Bytes(), w.Close()
}

// build changes a spec and runs lxdocker, on the store that imgserver writes to.
func (s *soak) build(ctx context.Context) error {
	folder := filepath.Join(s.dir, "specs")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	text := fmt.Sprintf("image: library/goserver\nenv: {ROUND: '%d'}\n", rand.Uint32())
	if err := os.WriteFile(filepath.Join(folder, one(specs)+".yaml"), []byte(text), 0o644); err != nil {
		return err
	}
	return s.lxdocker(ctx, "build", "--specs", folder, "--cache", s.cache(), "--lxdimages", s.images(),
		"--mirror", "docker.io="+s.registry, "--keep", "2")
}

// prune takes away what left the index a while ago: a day is over sooner here.
func (s *soak) prune(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(s.images(), "images/*/*/*/retired.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := age(file); err != nil {
			return err
		}
	}
	// Without its ledger, a store looks into its folders.
	if err := os.RemoveAll(filepath.Join(s.images(), ".ledger")); err != nil {
		return err
	}
	return s.lxdocker(ctx, "prune", "--lxdimages", s.images(), "--keep", "2")
}

// grace is how long what left the index has to stay: longer than a download takes.
const grace = time.Minute

// age makes a retirement two days older once the grace is over.
func age(file string) error {
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil // pruned meanwhile
	}
	if err != nil {
		return err
	}
	var r struct {
		At time.Time `json:"at"`
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return err
	}
	if since := time.Since(r.At); since < grace || since > 24*time.Hour {
		return nil
	}
	r.At = r.At.Add(-48 * time.Hour)
	if data, err = json.Marshal(r); err != nil {
		return err
	}
	fresh := file + ".new"
	if err := os.WriteFile(fresh, data, 0o644); err != nil {
		if os.IsNotExist(err) {
			return nil
		}
		return err
	}
	if err := os.Rename(fresh, file); !os.IsNotExist(err) {
		return err
	}
	return nil
}

func (s *soak) lxdocker(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, filepath.Join(s.dir, "lxdocker"), args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("lxdocker %s: %w\n%s", args[0], err, out)
	}
	return nil
}
