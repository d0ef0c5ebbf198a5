package squashfs_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"testing"

	"lxdocker/internal/block"
	"lxdocker/internal/rootfs"
)

// golden are the sums of an image at each level, and of the blocks of files in
// it.
var golden = map[block.Level]struct{ blocks, image string }{
	block.Fast:    {"5891bd68e5946980ea0cb2b5fdedefb4", "5d343e8769bb99e4ec63d92fdcb0fc39"},
	block.Default: {"4281030f09cde66e9475732e36b508d6", "3f10a733d416228c6a289dee492cf262"},
	block.Best:    {"2e9a8314b0928b2039c937022759c0f9", "5814f52292d33457914ddeba13bccaf7"},
}

// What is published, and kept in caches, stands under a key of what it is made
// from. So the same must become the same bytes also in the next release, and
// with the next release of the zstd library, or the key must change.
func TestBytesAreThoseOfTheLastRelease(t *testing.T) {
	for level, want := range golden {
		t.Run(string(level), func(t *testing.T) {
			fix := newFixture(t)
			fix.options.Codec = block.NewCodec(level)
			image := fix.bytes(t, unchanging(t, fix))
			inodes := binary.LittleEndian.Uint64(image[64:])
			if got := sum(image[superblockSize:inodes]); got != want.blocks {
				t.Errorf(`the blocks of files are %s, and were %s.
Raise formatVersion of internal/layer, so that packs are made anew, and FormatVersion of internal/convert, so that images are.
Then put the new sums here.`, got, want.blocks)
			}
			if got := sum(image); got != want.image {
				t.Errorf(`the image is %s, and was %s.
Raise FormatVersion of internal/convert, so that images are made anew. Then put the new sum here.`, got, want.image)
			}
		})
	}
}

func sum(b []byte) string {
	all := sha256.Sum256(b)
	return hex.EncodeToString(all[:16])
}

// unchanging has something of everything that is compressed, or laid out.
func unchanging(t *testing.T, fix *fixture) *rootfs.Tree {
	tree := rootfs.New()
	lower := fix.store(t, words(1, 3*MiB+5), words(2, 700), make([]byte, MiB+1), words(3, 900_000), words(4, 400_000))
	layer(t, tree, file("usr/large", lower[0]), file("usr/small", lower[1]), file("usr/zeros", lower[2]), file("usr/a", lower[3]), file("usr/gone", lower[4]))
	layer(t, tree, rootfs.Entry{Name: "usr/.wh.gone"}, file("opt/x", fix.store(t, words(5, 2*MiB))[0]))
	for i := range 2000 {
		put(t, tree, fmt.Sprintf("etc/%d/%d", i%3, i), rootfs.Inode{Kind: rootfs.Kind(1 + i%6), Mode: uint32(i) & 0o7777, UID: uint32(i % 7), ModTime: int64(i) << 18,
			Target: fmt.Sprint("../", i), Major: uint32(i % 9), Content: rootfs.Bytes(words(uint32(i), i)), Xattrs: map[string]string{"user.a": fmt.Sprint(i % 3), "user.b": "a longer value"}})
	}
	if err := tree.Link("usr/small", "a-hardlink"); err != nil {
		t.Fatal(err)
	}
	return tree
}

// words makes contents of an arithmetic that no release of Go changes: words
// that come again, and now and then what does not.
func words(seed uint32, size int) []byte {
	next := func(n uint32) uint32 {
		seed = seed*1664525 + 1013904223
		return (seed >> 16) % n
	}
	var out bytes.Buffer
	for out.Len() < size {
		if n := next(500); n > 3 {
			fmt.Fprintf(&out, "%x ", n*n)
			continue
		}
		for range next(4000) {
			out.WriteByte(byte(next(256)))
		}
	}
	return out.Bytes()[:size]
}
