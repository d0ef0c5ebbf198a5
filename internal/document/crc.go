package document

import "hash/crc32"

// A CRC-32 is the remainder of a polynomial over GF(2), with the bits reversed: bit
// 31 of a value is the coefficient of x^0. So that of two texts, one after the
// other, is that of the first times x^(8n), n being the length of the second, plus
// that of the second: the ones that CRC-32 adds at both ends cancel out.

// one is the polynomial 1.
const one = 1 << 31

// combine gives the CRC-32 of two texts, of those of both and the length of the second.
func combine(first, second uint32, length int64) uint32 {
	shift, square := uint32(one), uint32(one>>8) // x^8
	for n := length; n > 0; n >>= 1 {
		if n&1 == 1 {
			shift = multiply(shift, square)
		}
		square = multiply(square, square)
	}
	return multiply(first, shift) ^ second
}

// multiply gives the product of two polynomials, modulo that of CRC-32.
func multiply(a, b uint32) (product uint32) {
	for ; a != 0; a <<= 1 {
		if a&one != 0 {
			product ^= b
		}
		carry := b & 1 // of x^31, which times x is more than the modulus
		b >>= 1
		if carry == 1 {
			b ^= crc32.IEEE
		}
	}
	return product
}
