package main

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// The huge image is larger in every way than any that people have: what it
// costs in memory is the worst.
const (
	hugeLayers = 127 // as many as Docker's overlay2 stacks
	hugeFiles  = 500_000
	hugeSize   = 8 << 30 // bytes in the one file of the last layer
)

// hugeRuns are the ways in which it is converted. A machine with many cores is
// played by this one: it is the memory that counts, not the time.
var hugeRuns = []struct {
	what  string
	anew  bool // nothing is known
	cores int  // 0: those that there are
	flags []string
}{
	{"from nothing", true, 0, nil},
	{"all layers known", false, 0, nil},
	{"same, 32 cores and jobs", true, 32, []string{"--jobs", "32"}},
	{"same, compressed best", true, 32, []string{"--jobs", "32", "--compression", "best"}},
}

// measureHuge converts it in all of them.
func measureHuge(ctx context.Context, dir, program string) ([]row, error) {
	layout, specs := filepath.Join(dir, "layout"), filepath.Join(dir, "specs")
	cache, images := filepath.Join(dir, "cache"), filepath.Join(dir, "images")
	defer os.RemoveAll(dir)
	if err := hugeImage(ctx, layout); err != nil {
		return nil, fmt.Errorf("making the huge image: %w", err)
	}
	if err := os.MkdirAll(specs, 0o755); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(specs, "huge.yaml"), []byte("image: oci:"+layout+"\n"), 0o644); err != nil {
		return nil, err
	}
	var rows []row
	for _, r := range hugeRuns {
		fmt.Fprintln(os.Stderr, "measuring huge:", r.what)
		if r.anew {
			if err := os.RemoveAll(cache); err != nil {
				return nil, err
			}
		}
		argv := []string{program, "--specs", specs, "--cache", cache, "--lxdimages", images}
		if r.cores > 0 {
			argv = append([]string{"env", fmt.Sprint("GOMAXPROCS=", r.cores)}, argv...)
		}
		f, err := measure(ctx, append(argv, r.flags...)...)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{image: "huge", what: r.what, ours: f})
		if err := os.RemoveAll(images); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// hugeImage writes it as an OCI layout. Its layers are zstd, which takes least
// time to make.
func hugeImage(ctx context.Context, dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "blobs/sha256"), 0o755); err != nil {
		return err
	}
	var layers []descriptor
	var diffIDs []string
	for n := range hugeLayers {
		d, diffID, err := hugeLayer(ctx, dir, n)
		if err != nil {
			return fmt.Errorf("making layer %d: %w", n, err)
		}
		layers, diffIDs = append(layers, d), append(diffIDs, diffID)
	}
	config, err := blob(dir, "application/vnd.oci.image.config.v1+json", map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "config": map[string]any{"Cmd": []string{"/file"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs},
	})
	if err != nil {
		return err
	}
	const manifestType = "application/vnd.oci.image.manifest.v1+json"
	manifest, err := blob(dir, manifestType, map[string]any{"schemaVersion": 2, "mediaType": manifestType, "config": config, "layers": layers})
	if err != nil {
		return err
	}
	index, err := json.Marshal(map[string]any{"schemaVersion": 2, "manifests": []descriptor{manifest}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "index.json"), index, 0o644)
}

// descriptor is how a manifest refers to a blob (OCI image specification,
// descriptor.md).
type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int64  `json:"size"`
}

// hugeLayer makes one layer; diffID is the digest of the archive in it.
func hugeLayer(ctx context.Context, dir string, n int) (d descriptor, diffID string, err error) {
	path := filepath.Join(dir, "layer")
	file, err := os.Create(path)
	if err != nil {
		return d, "", err
	}
	defer file.Close()
	sum := sha256.New()
	compressor := exec.CommandContext(ctx, "zstd", "-q", "-1", "-T0", "-c")
	compressor.Stdout = io.MultiWriter(file, sum)
	in, err := compressor.StdinPipe()
	if err != nil {
		return d, "", err
	}
	if err := compressor.Start(); err != nil {
		return d, "", err
	}
	diff := sha256.New()
	w := tar.NewWriter(io.MultiWriter(in, diff))
	if n == hugeLayers-1 {
		err = hugeFile(w)
	} else {
		err = smallFiles(w, n)
	}
	for _, step := range []func() error{w.Close, in.Close, compressor.Wait} {
		if e := step(); err == nil {
			err = e
		}
	}
	if err != nil {
		return d, "", err
	}
	info, err := file.Stat()
	if err != nil {
		return d, "", err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	d = descriptor{"application/vnd.oci.image.layer.v1.tar+zstd", "sha256:" + digest, info.Size()}
	return d, "sha256:" + hex.EncodeToString(diff.Sum(nil)), os.Rename(path, filepath.Join(dir, "blobs/sha256", digest))
}

// smallFiles are a layer's share of them, with names and contents as packages
// have them.
func smallFiles(w *tar.Writer, n int) error {
	const share = hugeFiles / (hugeLayers - 1)
	for i := range share {
		content := fmt.Appendf(nil, "this is file %d of layer %d, and says %x\n", i, n, sha256.Sum256([]byte{byte(i), byte(i >> 8), byte(n)}))
		name := fmt.Sprintf("usr/lib/package-%03d/module-%02d/source_file_%05d.js", n, i/100, i)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))}); err != nil {
			return err
		}
		if _, err := w.Write(content); err != nil {
			return err
		}
	}
	return nil
}

// hugeFile is one that compresses to about a third.
func hugeFile(w *tar.Writer) error {
	if err := w.WriteHeader(&tar.Header{Name: "file", Mode: 0o755, Size: hugeSize}); err != nil {
		return err
	}
	noise := rand.NewChaCha8([32]byte{1})
	piece := make([]byte, 4<<10)
	for range int64(hugeSize) / int64(len(piece)) {
		noise.Read(piece[:1400])
		if _, err := w.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

// blob writes a document of the layout.
func blob(dir, mediaType string, document any) (descriptor, error) {
	data, err := json.Marshal(document)
	if err != nil {
		return descriptor{}, err
	}
	sum := sha256.Sum256(data)
	digest := hex.EncodeToString(sum[:])
	return descriptor{mediaType, "sha256:" + digest, int64(len(data))}, os.WriteFile(filepath.Join(dir, "blobs/sha256", digest), data, 0o644)
}
