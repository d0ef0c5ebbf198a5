package delta

import (
	"context"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	// sampleSize is how much of old a sample is. The hash shifts by one bit for
	// each byte, so that of the first of 64 only one bit is left. Of the last 32,
	// there are enough to be sure.
	sampleSize = 64
	unsure     = 32
	// leastStride is from one sample to the next, if old is not too large: all
	// that both files have of at least leastStride+sampleSize bytes is found.
	leastStride = 256
	// mostSamples bounds the memory: slots, filter and hashes are 13 MiB then.
	mostSamples = 1 << 19
	// probes bounds how long a sample is looked for. Images are not trusted, and
	// somebody may have made all samples want the same slot.
	probes = 8
)

// index knows samples of old by their hash.
type index struct {
	gear   [256]uint64
	start  int64 // of the first sample
	stride int64
	slots  []slot
	filter []uint64 // two bits of a word for each sample: what has none needs no look at slots
	narrow uint     // how far a hash is shifted to be the number of its word
	fold   uint     // and of its slot
}

// slot holds a sample.
type slot struct {
	tag    uint32 // of the hash
	number uint32 // of the sample, from 1 on; 0 in a slot without one
}

// newIndex takes samples of old from start to its end.
func newIndex(ctx context.Context, old file, start int64) (*index, error) {
	x := &index{gear: newGear(), start: start, stride: leastStride}
	for (old.size-start)/x.stride >= mostSamples {
		x.stride *= 2
	}
	count := 0
	if last := old.size - start - sampleSize; last >= 0 {
		count = int(last/x.stride) + 1
	}
	size := uint(max(2, bits.Len(uint(count))))
	x.slots, x.fold = make([]slot, 2<<size), 64-(size+1)
	x.filter, x.narrow = make([]uint64, 1<<(size-2)), 64-(size-2)
	x.filter[0] = filterBits(0) // so that runs of zeros, whose hash is 0, are seen
	hashes := make([]uint64, count)
	if err := x.hashAll(ctx, old, hashes); err != nil {
		return nil, err
	}
	for i, h := range hashes {
		x.insert(h, uint32(i)+1)
	}
	return x, nil
}

// hashAll reads old once, on all cores.
func (x *index) hashAll(ctx context.Context, old file, hashes []uint64) error {
	const piece = 1 << 20
	each := int(max(1, piece/x.stride)) // samples
	workers := min(runtime.GOMAXPROCS(0), 4, (len(hashes)+each-1)/each)
	errs := make([]error, workers)
	var next atomic.Int64
	var all sync.WaitGroup
	for i := range workers {
		all.Go(func() {
			buf := make([]byte, int64(each-1)*x.stride+sampleSize)
			for errs[i] == nil {
				first := int(next.Add(1)-1) * each
				if first >= len(hashes) {
					return
				}
				if errs[i] = context.Cause(ctx); errs[i] == nil {
					errs[i] = x.hashPiece(old, first, hashes[first:min(first+each, len(hashes))], buf)
				}
			}
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (x *index) hashPiece(old file, first int, hashes []uint64, buf []byte) error {
	buf = buf[:int64(len(hashes)-1)*x.stride+sampleSize]
	if err := old.read(buf, x.start+int64(first)*x.stride); err != nil {
		return err
	}
	for i := range hashes {
		hashes[i] = x.hash(buf[int64(i)*x.stride:][:sampleSize])
	}
	return nil
}

// insert keeps a sample, but not one like another before it, and no zeros: those
// are cheaper without old.
func (x *index) insert(h uint64, number uint32) {
	if h == 0 {
		return
	}
	for i := range uint64(probes) {
		s := x.slot(h, i)
		if s.number == 0 {
			*s = slot{tag(h), number}
			x.filter[h>>x.narrow] |= filterBits(h)
			return
		}
		if s.tag == tag(h) {
			return
		}
	}
}

// lookup finds a sample that probably has this hash.
func (x *index) lookup(h uint64) *slot {
	for i := range uint64(probes) {
		s := x.slot(h, i)
		if s.number == 0 {
			return nil
		}
		if s.tag == tag(h) {
			return s
		}
	}
	return nil
}

func (x *index) slot(h, i uint64) *slot {
	return &x.slots[(h*0x9e3779b97f4a7c15>>x.fold+i)&uint64(len(x.slots)-1)]
}

func tag(h uint64) uint32 { return uint32(h ^ h>>32) }

// offset says where in old a sample is.
func (x *index) offset(s *slot) int64 { return x.start + int64(s.number-1)*x.stride }
