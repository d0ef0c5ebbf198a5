package layer_test

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"lxdocker/internal/block"
	"lxdocker/internal/layer"
)

// programs is an archive of this machine's own programs and libraries, up to a
// size: what layers are mostly made of.
func programs(tb testing.TB, size int64) []byte {
	tb.Helper()
	var archive bytes.Buffer
	tw := tar.NewWriter(&archive)
	add := func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if err != nil || int64(archive.Len())+info.Size() > size {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil
		}
		if err := tw.WriteHeader(&tar.Header{Name: path[1:], Mode: 0o755, Size: int64(len(content))}); err != nil {
			return err
		}
		_, err = tw.Write(content)
		return err
	}
	for _, dir := range []string{"/usr/bin", "/usr/lib", "/usr/share"} {
		if err := filepath.WalkDir(dir, add); err != nil {
			tb.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		tb.Fatal(err)
	}
	return archive.Bytes()
}

func compressed(tb testing.TB, encoding string, data []byte) []byte {
	tb.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&out)
	case "zstd":
		var err error
		if w, err = zstd.NewWriter(&out); err != nil {
			tb.Fatal(err)
		}
	default:
		return data
	}
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// BenchmarkPack says how many bytes of archive are packed per second;
// BenchmarkGunzip is what it can be at best. On a busy machine only the processor
// time of both can be compared.
func BenchmarkPack(b *testing.B) {
	archive := programs(b, 256<<20)
	for _, c := range []struct {
		encoding string
		level    block.Level
	}{{"gzip", block.Fast}, {"gzip", block.Default}, {"gzip", block.Best}, {"zstd", block.Default}, {"tar", block.Default}} {
		blob := compressed(b, c.encoding, archive)
		want := describe(blob, archive)
		b.Run(c.encoding+" "+string(c.level), func(b *testing.B) {
			b.SetBytes(int64(len(archive)))
			b.ReportAllocs()
			codec := block.NewCodec(c.level)
			start := processorTime(b)
			for b.Loop() {
				cache, err := layer.Open(b.TempDir(), 0, codec)
				if err != nil {
					b.Fatal(err)
				}
				p, err := cache.Pack(context.Background(), want, serve(blob))
				if err != nil {
					b.Fatal(err)
				}
				p.Close()
			}
			b.ReportMetric((processorTime(b)-start).Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}

// BenchmarkPackSmall packs a layer of some files, one of hundreds.
func BenchmarkPackSmall(b *testing.B) {
	archive := programs(b, 1<<20)
	blob := compressed(b, "gzip", archive)
	w, _ := gzip.NewWriterLevel(io.Discard, gzip.NoCompression)
	cache, err := layer.Open(b.TempDir(), 0, block.NewCodec(block.Default))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		var member bytes.Buffer
		w.Reset(&member)
		fmt.Fprint(w, n)
		w.Close()
		one := append(bytes.Clone(blob), member.Bytes()...) // what follows the archive makes it another layer
		p, err := cache.Pack(context.Background(), layer.Blob{Digest: describe(one, nil).Digest, Size: int64(len(one))}, serve(one))
		if err != nil {
			b.Fatal(err)
		}
		p.Close()
	}
}

// processorTime is what this process has used, on all cores.
func processorTime(b *testing.B) time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func BenchmarkGunzip(b *testing.B) {
	archive := programs(b, 256<<20)
	blob := compressed(b, "gzip", archive)
	b.SetBytes(int64(len(archive)))
	start := processorTime(b)
	for b.Loop() {
		r, err := gzip.NewReader(bytes.NewReader(blob))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((processorTime(b)-start).Seconds()/float64(b.N), "cpu-s/op")
}

func BenchmarkEntries(b *testing.B) {
	archive := programs(b, 64<<20)
	p := mustPack(b, archive)
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range p.Entries() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
