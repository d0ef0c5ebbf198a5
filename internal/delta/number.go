package delta

import (
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// appendNumber writes an integer as in RFC 3284, section 2: seven bits in a byte,
// the most significant first, and all but the last with the high bit set.
func appendNumber(b []byte, n int64) []byte {
	for i := numberSize(n) - 1; i > 0; i-- {
		b = append(b, byte(n>>(7*i))|0x80)
	}
	return append(b, byte(n)&0x7f)
}

// numberSize is how many bytes it has then.
func numberSize(n int64) int { return (bits.Len64(uint64(n)|1) + 6) / 7 }

// readNumber reads one that is at most most, and has no zeros in front: xdelta3
// refuses lengths with them.
func readNumber(r io.ByteReader, most int64) (int64, error) {
	for n := int64(0); ; {
		b, err := r.ReadByte()
		if err != nil {
			return 0, unexpected(err)
		}
		if n == 0 && b == 0x80 {
			return 0, errors.New("a number begins with zeros")
		}
		low := int64(b & 0x7f)
		if n > most>>7 || n<<7|low > most {
			return 0, fmt.Errorf("more than %d", most)
		}
		n = n<<7 | low
		if b&0x80 == 0 {
			return n, nil
		}
	}
}
