package layer_test

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/layer"
)

// peak samples how much memory the heap takes while something runs, beyond what
// it took before.
func peak(while func()) int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	before, most := m.HeapInuse, m.HeapInuse
	done, sampled := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(sampled)
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			case <-done:
				tick.Stop()
				return
			}
		}
	}()
	while()
	close(done)
	<-sampled
	return int64(most - before)
}

// manyFiles is an archive of so many small files, no two of which are the same.
type manyFiles struct {
	count, next int
	buf, rest   []byte
}

func newManyFiles(count int) *manyFiles {
	var member bytes.Buffer
	tw := tar.NewWriter(&member)
	tw.WriteHeader(&tar.Header{Name: "usr/share/folder/0000000", Mode: 0o644, Size: 100, Format: tar.FormatUSTAR})
	tw.Write(make([]byte, 100))
	tw.Flush()
	return &manyFiles{count: count, buf: member.Bytes()}
}

func (m *manyFiles) Read(p []byte) (int, error) {
	if len(m.rest) == 0 {
		if m.next == m.count {
			return 0, io.EOF // the end mark is not needed
		}
		name := fmt.Sprintf("%07d", m.next)
		m.next++
		copy(m.buf[17:], name)
		copy(m.buf[512:], name)
		copy(m.buf[148:], "        ")
		sum := 0
		for _, b := range m.buf[:512] {
			sum += int(b)
		}
		copy(m.buf[148:], fmt.Sprintf("%06o\x00 ", sum))
		m.rest = m.buf
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]
	return n, nil
}

func TestManyFilesTakeLittleMemoryAtScale(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures memory, which -race needs much of")
	}
	const count = 500_000
	hash := sha256.New()
	size, _ := io.Copy(hash, newManyFiles(count))
	b := layer.Blob{Digest: fmt.Sprintf("sha256:%x", hash.Sum(nil)), Size: size}
	cache := openCache(t, 0)
	var p *layer.Pack
	var err error
	took := peak(func() {
		p, err = cache.Pack(context.Background(), b, func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(newManyFiles(count)), nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if took > 90<<20 {
		t.Errorf("packing %d files takes %d MiB", count, took>>20)
	}
	entries := 0
	read := peak(func() {
		for _, err := range p.Entries() {
			if err != nil {
				t.Fatal(err)
			}
			entries++
		}
	})
	if entries != count || read > 20<<20 {
		t.Errorf("reading %d entries takes %d MiB", entries, read>>20)
	}
	t.Logf("packing takes %d MiB, reading %d MiB", took>>20, read>>20)
}

func TestLargeFilesTakeLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures memory, which -race needs much of")
	}
	const part, zeros, noises = 8 << 20, 64, 16 // many times what it may take
	noise := make([]byte, part)
	rand.NewChaCha8([32]byte{}).Read(noise)
	header := func(name string, size int64) []byte {
		var out bytes.Buffer
		if err := tar.NewWriter(&out).WriteHeader(&tar.Header{Name: name, Size: size}); err != nil {
			t.Fatal(err)
		}
		return compressed(t, "gzip", out.Bytes())
	}
	// Members of gzip may follow each other: so one is compressed, and sent often.
	blob := header("zeros", zeros*part)
	blob = append(blob, bytes.Repeat(compressed(t, "gzip", make([]byte, part)), zeros)...)
	blob = append(blob, header("noise", noises*part)...)
	blob = append(blob, bytes.Repeat(compressed(t, "gzip", noise), noises)...)
	cache := openCache(t, 0)
	var p *layer.Pack
	var err error
	took := peak(func() {
		p, err = cache.Pack(context.Background(), layer.Blob{Digest: digestOf(blob), Size: -1}, serve(blob))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if took > 60<<20 {
		t.Errorf("packing takes %d MiB", took>>20)
	}
	sizes := map[string]int64{}
	read := peak(func() {
		for e, err := range p.Entries() {
			if err != nil {
				t.Fatal(err)
			}
			sizes[e.Name], _ = io.Copy(io.Discard, e.Inode.Content.Open())
		}
	})
	if sizes["zeros"] != zeros*part || sizes["noise"] != noises*part || read > 40<<20 {
		t.Errorf("reading %v takes %d MiB", sizes, read>>20)
	}
	t.Logf("packing takes %d MiB, reading %d MiB", took>>20, read>>20)
}

// wideFrame is a zstd frame (RFC 8878) that says it needs a window of 2^log
// bytes, and holds head and then so many blocks of 128 KiB of zeros.
func wideFrame(log int, head []byte, zeros int) []byte {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, byte(log-10) << 3}
	block := func(kind, size int) {
		word := size<<3 | kind<<1
		frame = append(frame, byte(word), byte(word>>8), byte(word>>16))
	}
	block(0, len(head))
	frame = append(frame, head...)
	for range zeros {
		block(1, 128<<10)
		frame = append(frame, 0)
	}
	block(0, 0)
	frame[len(frame)-3] |= 1 // the last
	return frame
}

// TestWindowsOfLayersTakeLittleMemoryTogetherAtScale: each of the layers is as wasteful
// as `zstd --ultra -22 --long=27` makes them, and all are packed at a time.
func TestWindowsOfLayersTakeLittleMemoryTogetherAtScale(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures memory, which -race needs much of")
	}
	const layers, zeros = 4, 1200 // 150 MiB, more than the window
	for behaviour, frames := range map[string]func(head []byte) []byte{
		"one frame": func(head []byte) []byte { return wideFrame(27, head, zeros) },
		"frames that need more and more": func(head []byte) (blob []byte) {
			for log := 10; log <= 27; log++ {
				blob = append(blob, wideFrame(log, head, 0)...)
				head = nil
			}
			return append(blob, wideFrame(27, nil, zeros)...)
		},
	} {
		t.Run(behaviour, func(t *testing.T) {
			cache := openCache(t, 0)
			took := peak(func() {
				var group sync.WaitGroup
				for n := range layers {
					group.Go(func() {
						var head bytes.Buffer
						tar.NewWriter(&head).WriteHeader(&tar.Header{Name: fmt.Sprint(n), Size: zeros * 128 << 10})
						blob := frames(head.Bytes())
						p, err := cache.Pack(context.Background(), layer.Blob{Digest: digestOf(blob), Size: -1}, serve(blob))
						if err != nil {
							t.Error(err)
							return
						}
						p.Close()
					})
				}
				group.Wait()
			})
			if took > 200<<20 {
				t.Errorf("packing %d layers takes %d MiB", layers, took>>20)
			}
			t.Logf("packing takes %d MiB", took>>20)
		})
	}
}
