package delta

// newGear gives each byte a random number, always the same, and zero to zero.
// (Sebastiano Vigna's SplitMix64 makes them.)
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

// hash is that of the last sampleSize bytes of p. It can be rolled on: what a
// byte has added is shifted out when as many have followed. That is the "gear"
// of Wen Xia et al., "Ddelta: A deduplication-inspired fast delta compression
// approach" (2014).
func (x *index) hash(p []byte) (h uint64) {
	for _, b := range p {
		h = h<<1 + x.gear[b]
	}
	return h
}

// hit returns the first place of p, from i on, where a sample seems to begin; or
// nil if there is none.
func (x *index) hit(p []byte, i int) (int, *slot) {
	if len(p)-i < sampleSize {
		return 0, nil
	}
	i += sampleSize - 1
	h := x.hash(p[i-(sampleSize-1) : i])
	filter, narrow := x.filter, x.narrow // of which the compiler does not know that they stay
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

// filterBits are two bits of a word, by what a hash has besides the number of the
// word.
func filterBits(h uint64) uint64 { return 1<<(h>>32&63) | 1<<(h>>24&63) }
