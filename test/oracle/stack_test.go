package oracle_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
	"lxdocker/internal/rootfs"
)

// member is one member of a layer.
type member struct {
	tar.Header
	body string
}

func (m member) String() string {
	return strings.TrimSpace(fmt.Sprintf("%c %q %q %o %d:%d %d %v %.20q", m.Typeflag, m.Name, m.Linkname, m.Mode, m.Uid, m.Gid, m.ModTime.Unix(), m.PAXRecords, m.body))
}

// stack is layers, base first.
type stack [][]member

func (s stack) String() string {
	var b strings.Builder
	for i, l := range s {
		fmt.Fprintf(&b, "layer %d\n", i+1)
		for _, m := range l {
			fmt.Fprintf(&b, "\t%v\n", m)
		}
	}
	return b.String()
}

// blob is one layer as registries have it.
type blob struct {
	archive, compressed []byte
}

func digestOf(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

func (s stack) blobs() ([]blob, error) {
	var blobs []blob
	for _, l := range s {
		archive, err := archiveOf(l)
		if err != nil {
			return nil, err
		}
		compressed, err := gzipped(archive)
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, blob{archive, compressed})
	}
	return blobs, nil
}

func gzipped(archive []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(archive); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

func archiveOf(l []member) ([]byte, error) {
	var out bytes.Buffer
	tw := tar.NewWriter(&out)
	for _, m := range l {
		if err := tw.WriteHeader(&m.Header); err != nil {
			return nil, fmt.Errorf("%q: %w", m.Name, err)
		}
		if _, err := io.WriteString(tw, m.body); err != nil {
			return nil, err
		}
	}
	err := tw.Close()
	return out.Bytes(), err
}

// merge packs the layers and applies the packs, as a build does.
func merge(dir string, blobs []blob) (*rootfs.Tree, func(), error) {
	var packs []*layer.Pack
	done := func() {
		for _, p := range packs {
			p.Close()
		}
	}
	cache, err := layer.Open(dir, 0, block.NewCodec(block.Fast))
	if err != nil {
		return nil, done, err
	}
	tree := rootfs.New()
	for _, b := range blobs {
		want := layer.Blob{
			Digest: digestOf(b.compressed), DiffID: digestOf(b.archive), Size: int64(len(b.compressed)),
			MediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
		}
		p, err := cache.Pack(context.Background(), want, func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(b.compressed)), nil
		})
		if err != nil {
			return nil, done, err
		}
		packs = append(packs, p)
		if err := tree.Apply(context.Background(), p.Entries()); err != nil {
			return nil, done, err
		}
	}
	return tree, done, nil
}
