package config

import (
	"errors"
	"strconv"
	"strings"
)

// Size is a flag value in bytes, written like 512M or 16G (powers of 1024).
type Size int64

const sizeUnits = "KMGT"

// Type is what --help calls the value.
func (s *Size) Type() string { return "SIZE" }

// String gives the size in the largest unit that divides it.
func (s *Size) String() string {
	n, unit := int64(*s), ""
	for _, u := range sizeUnits {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, string(u)
	}
	return strconv.FormatInt(n, 10) + unit
}

// Set reads 16G, 16g, 16GiB, and 17179869184.
func (s *Size) Set(text string) error {
	number, bits := strings.TrimSuffix(strings.ToUpper(text), "IB"), 0
	if last := len(number) - 1; last >= 0 {
		if unit := strings.IndexByte(sizeUnits, number[last]); unit >= 0 {
			number, bits = number[:last], 10*(unit+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > 1<<62>>bits {
		return errors.New("a size is a number with K, M, G or T behind it, like 16G")
	}
	*s = Size(n << bits)
	return nil
}
