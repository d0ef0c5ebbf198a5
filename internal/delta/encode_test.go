package delta_test

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// superblock is how much of a squashfs image always differs, at its beginning.
const superblock = 96

func TestDeltasAreSmallAndMakeTheNewFile(t *testing.T) {
	x3 := newXdelta(t)
	base := noise(1, 3*MiB+77)
	image := func(seed uint64, content ...[]byte) []byte { return join(noise(seed, superblock), join(content...)) }
	const little = 300
	for behaviour, x := range map[string]struct {
		source, target []byte
		most           int // bytes of the delta
	}{
		"both are empty":                  {nil, nil, 20},
		"the source is empty":             {nil, noise(2, 100_000), 100_000 + little},
		"the target is empty":             {base, nil, 20},
		"the source has one byte":         {[]byte{1}, base, len(base) + little},
		"the target has one byte":         {base, []byte{1}, 20},
		"identical":                       {base, base, little},
		"identical, and nothing but zero": {make([]byte, 3*MiB), make([]byte, 3*MiB), little},
		"zeros of another number":         {make([]byte, MiB), make([]byte, 9*MiB), little},
		"another superblock":              {image(2, base), image(3, base), superblock + little},
		"another byte at the beginning":   {base, join([]byte{base[0] ^ 1}, base[1:]), little},
		"another byte at the end":         {base, join(base[:len(base)-1], []byte{base[len(base)-1] ^ 1}), little},
		"more at the end":                 {base, join(base, noise(2, 1000)), 1000 + little},
		"less at the end":                 {base, base[:2*MiB+1], little},
		"a byte more at the beginning":    {base, join([]byte{7}, base), little},
		"a byte less at the beginning":    {base, base[1:], little},
		"much more at the beginning":      {base, join(noise(2, 1_234_567), base), 1_234_567 + little},
		"much less at the beginning":      {base, base[1_234_567:], little},
		"blocks changed in the middle":    {image(2, base), image(3, base[:MiB], noise(4, 300_001), base[MiB+300_001:]), superblock + 300_001 + little},
		"blocks became longer":            {image(2, base), image(3, base[:MiB], noise(4, 100_001), base[MiB+99_000:]), superblock + 100_001 + little},
		"blocks deleted in the middle":    {image(2, base), image(3, base[:MiB], base[2*MiB+5:]), superblock + little},
		"blocks moved to the end":         {image(2, base), image(3, base[:MiB], base[2*MiB:], base[MiB:2*MiB]), superblock + little},
		"a lower layer was replaced":      {image(2, noise(4, 50_001), base), image(3, noise(5, 70_000), base), superblock + 70_000 + little},
		"much was before":                 {join(noise(2, 20*MiB), base), base, little},
		"much came before":                {base, join(noise(2, 8*MiB+1), base), 8*MiB + 1 + 2*little},
		"nothing in common":               {noise(2, 5*MiB), noise(3, 5*MiB), 5*MiB + little},
		"runs of zeros came":              {base, join(base[:MiB], make([]byte, 2*MiB), base[MiB:], make([]byte, 100)), little},
		"runs of zeros went":              {join(base[:MiB], make([]byte, 2*MiB), base[MiB:], make([]byte, 100)), base, little},
	} {
		t.Run(behaviour, func(t *testing.T) {
			if d := x3.makes(t, x.source, x.target); len(d) > x.most {
				t.Errorf("a delta of %d bytes, and %d are enough", len(d), x.most)
			}
		})
	}
}

func TestSizesAroundAWindow(t *testing.T) {
	x3 := newXdelta(t)
	base := noise(1, 2*MiB+1)
	for _, size := range []int{MiB - 1, MiB, MiB + 1, 2*MiB - 1, 2 * MiB, 2*MiB + 1} {
		for _, shift := range []int{0, 1} {
			x3.makes(t, base, base[shift:size])
			x3.makes(t, base[:size], join(noise(2, 5000+shift), base))
			x3.makes(t, nil, base[:size])
		}
	}
}

// However the blocks of an image are ordered anew, none travels.
func TestShuffledBlocksAreFound(t *testing.T) {
	x3 := newXdelta(t)
	r := rand.New(rand.NewPCG(1, 1))
	var blocks [][]byte
	for i := range 400 {
		blocks = append(blocks, noise(uint64(i), 320+r.IntN(50_000)))
	}
	source := join(blocks...)
	r.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
	target := join(blocks...)
	if d := x3.makes(t, source, target); len(d) > 20*len(blocks) {
		t.Errorf("%d bytes for %d blocks that have only moved", len(d), len(blocks))
	}
}

// Records that begin alike are all taken for the first one, if nobody remembers
// where the last ones were.
func TestWhatComesTwiceIsFoundBehindWhatWasBefore(t *testing.T) {
	x3 := newXdelta(t)
	var records [][]byte
	for i := range 1000 {
		records = append(records, bytes.Repeat([]byte{'r'}, 200), noise(uint64(i), 56))
	}
	source := join(records...)
	records[1001] = noise(1001, 56)
	target := join(noise(2000, 10_000), join(records...))
	if d := x3.makes(t, source, target); len(d) > 10_000+300 {
		t.Errorf("a delta of %d bytes, of which 10000 are new", len(d))
	}
}

func TestShortRunsOfZerosDoNotTravel(t *testing.T) {
	x3 := newXdelta(t)
	var parts [][]byte
	for i := range 1000 {
		parts = append(parts, bytes.Repeat([]byte{1}, 70+i%64), make([]byte, 64))
	}
	target := join(parts...)
	if d := x3.makes(t, nil, target); len(d) > len(target)-1000*(64-5)+150 {
		t.Errorf("a delta of %d bytes for %d, of which 64000 are zero", len(d), len(target))
	}
}

func TestBytesDoNotDependOnCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	base := noise(1, 12*MiB)
	target := join(noise(2, 10_000), base[8*MiB:], base[:4*MiB], base[5*MiB:8*MiB], noise(3, 2*MiB))
	var first []byte
	for _, cores := range []int{1, 2, 8, 1} {
		runtime.GOMAXPROCS(cores)
		d := encode(t, bytes.NewReader(base), bytes.NewReader(target))
		if first == nil {
			first = d
		}
		if !slices.Equal(d, first) {
			t.Errorf("another delta on %d cores", cores)
		}
		if err := check(d, bytes.NewReader(base), bytes.NewReader(target)); err != nil {
			t.Errorf("on %d cores: %v", cores, err)
		}
	}
}
