package delta

import (
	"context"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
)

const (
	// sampleSize is the number of bytes in a sample. The hash shifts by one bit for each
	// byte, so of the first of 64 bytes only one bit is left. Of the last 32 enough
	// bits are left to vouch for them; unsure is the number of the others.
	sampleSize = 64
	unsure     = 32
	// leastStride is the distance between samples, unless the source is too large:
	// every match of at least leastStride+sampleSize bytes is found.
	leastStride = 256
	// mostSamples bounds the memory: slots, filter and hashes then take 13 MiB.
	mostSamples = 1 << 19
	// probes bounds the search for a sample. Images are not trusted, and somebody may
	// have made all samples want the same slot.
	probes = 8
)

// index finds samples of the source by their hash.
type index struct {
	gear   [256]uint64
	start  int64 // of the first sample
	stride int64
	slots  []slot
	filter []uint64 // a Bloom filter: two bits of one word for each sample
	narrow uint     // the shift that makes a hash the index of its word in filter
	fold   uint     // and of its slot
}

// slot holds a sample.
type slot struct {
	tag    uint32 // of the hash
	number uint32 // of the sample, from 1 on; 0 in an empty slot
}

// newIndex takes samples of the source from start to its end.
func newIndex(ctx context.Context, source input, start int64) (*index, error) {
	x := &index{gear: newGear(), start: start, stride: leastStride}
	for (source.size-start)/x.stride >= mostSamples {
		x.stride *= 2
	}
	count := 0
	if last := source.size - start - sampleSize; last >= 0 {
		count = int(last/x.stride) + 1
	}
	size := uint(max(2, bits.Len(uint(count))))
	x.slots, x.fold = make([]slot, 2<<size), 64-(size+1)
	x.filter, x.narrow = make([]uint64, 1<<(size-2)), 64-(size-2)
	x.filter[0] = filterBits(0) // so that runs of zeros, whose hash is 0, are seen
	hashes := make([]uint64, count)
	if err := x.hashAll(ctx, source, hashes); err != nil {
		return nil, err
	}
	for i, h := range hashes {
		x.insert(h, uint32(i)+1)
	}
	return x, nil
}

// hashAll reads the source once, on all cores.
func (x *index) hashAll(ctx context.Context, source input, hashes []uint64) error {
	const hashAtOnce = 1 << 20               // bytes
	each := int(max(1, hashAtOnce/x.stride)) // samples
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
					errs[i] = x.hashPiece(source, first, hashes[first:min(first+each, len(hashes))], buf)
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

func (x *index) hashPiece(source input, first int, hashes []uint64, buf []byte) error {
	buf = buf[:int64(len(hashes)-1)*x.stride+sampleSize]
	if err := source.read(buf, x.start+int64(first)*x.stride); err != nil {
		return err
	}
	for i := range hashes {
		hashes[i] = x.hash(buf[int64(i)*x.stride:][:sampleSize])
	}
	return nil
}

// insert adds a sample, unless it equals an earlier one. Zeros are left out: without
// the source, they are cheaper.
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

// lookup returns the sample that probably has this hash, or nil.
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

// offset is where a sample is in the source.
func (x *index) offset(s *slot) int64 { return x.start + int64(s.number-1)*x.stride }
