//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"testing"
)

// bomb makes a layer that unpacks to files of zeros, of this size together, a
// thousandth of it packed. It is made of many gzip members, each of the same
// 64 MiB: making it takes no longer than making one.
func (r *registry) bomb(t *testing.T, size int64) layer {
	t.Helper()
	const part = 64 << 20
	zeros := member(t, make([]byte, part))
	var packed bytes.Buffer
	for n := range size / part {
		var header bytes.Buffer
		if err := tar.NewWriter(&header).WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: fmt.Sprintf("zeros-%d", n), Size: part, Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		packed.Write(member(t, header.Bytes()))
		packed.Write(zeros)
	}
	packed.Write(member(t, make([]byte, 1024)))
	r.upload(packed.Bytes())
	// Nobody gets as far as comparing its diffID.
	return layer{descriptor{MediaType: layerType, Digest: digest(packed.Bytes()), Size: int64(packed.Len())}, digest(nil)}
}

func member(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestBombLimit: how much a layer may unpack to is the user's to say.
func TestBombLimit(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	r.image(t, "bomb", "latest", r.bomb(t, 512<<20))
	s := newSite(t)
	s.write(t, "bomb", "image: "+r.host+"/bomb\n")
	o := s.lxdocker(t, "--max-unpacked", "100MiB")
	o.mustSay(t, someFailed, "bomb", "--max-unpacked", "100")
}
