package delta

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// common returns the length of the common prefix.
func common(a, b []byte) int {
	const stride = 1 << 10
	size := min(len(a), len(b))
	n := 0
	for n+stride <= size && bytes.Equal(a[n:n+stride], b[n:n+stride]) {
		n += stride
	}
	for n+8 <= size {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < size && a[n] == b[n] {
		n++
	}
	return n
}

// commonEnd returns the length of the common suffix.
func commonEnd(a, b []byte) int {
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

// zeros returns how many zero bytes p begins with.
func zeros(p []byte) int {
	n := 0
	for n+8 <= len(p) && binary.LittleEndian.Uint64(p[n:]) == 0 {
		n += 8
	}
	for n < len(p) && p[n] == 0 {
		n++
	}
	return n
}
