package delta

// newGear returns a fixed random number for each byte, and zero for zero. (They come
// from Sebastiano Vigna's SplitMix64.)
func newGear() (gear [256]uint64) {
	var state uint64
	for i := 1; i < len(gear); i++ {
		state += 0x9e3779b97f4a7c15
		z := (state ^ state>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		gear[i] = z ^ z>>31
	}
	return gear
}

// hash is the rolling hash of the last sampleSize bytes of p: what a byte adds is
// shifted out by as many bytes that follow. It is the "gear" hash of Wen Xia et al.,
// "Ddelta: A deduplication-inspired fast delta compression approach" (2014). The
// standard library has no rolling hash.
func (x *index) hash(p []byte) (h uint64) {
	for _, b := range p {
		h = h<<1 + x.gear[b]
	}
	return h
}

// hit returns the first offset in p, from i on, where a sample seems to begin; or nil.
// It takes nearly all the time of versions that have little in common. The filter
// makes it six times as fast as looking every hash up (BenchmarkEncode): it stays in
// the cache of a core, and the slots do not.
func (x *index) hit(p []byte, i int) (int, *slot) {
	if len(p)-i < sampleSize {
		return 0, nil
	}
	i += sampleSize - 1
	h := x.hash(p[i-(sampleSize-1) : i])
	filter, narrow := x.filter, x.narrow // local, because the compiler cannot know that they stay the same
	for ; i < len(p); i++ {
		h = h<<1 + x.gear[p[i]]
		if bits := filterBits(h); filter[h>>narrow]&bits != bits {
			continue
		}
		if h == 0 {
			i += zeros(p[i+1:]) // and it stays 0
		} else if s := x.lookup(h); s != nil {
			return i - (sampleSize - 1), s
		}
	}
	return 0, nil
}

// filterBits are the two bits of a hash in its word of the filter. They come from
// other bits of the hash than the index of the word.
func filterBits(h uint64) uint64 { return 1<<(h>>32&63) | 1<<(h>>24&63) }
