package humanize

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// units are the letters of powers of 1024, beginning with the first.
const units = "KMGT"

// Limit writes a limit exactly, in the largest unit that divides it: "16 GiB",
// "1500 bytes".
func Limit(n int64) string {
	count, unit := divide(n)
	if unit == "" {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%d %siB", count, unit)
}

// FormatSize writes a size exactly, as ParseSize reads it: "16G", "1500".
func FormatSize(n int64) string {
	count, unit := divide(n)
	return strconv.FormatInt(count, 10) + unit
}

// divide finds the largest unit that divides n; none is "".
func divide(n int64) (count int64, unit string) {
	for i := range units {
		if n == 0 || n%1024 != 0 {
			break
		}
		n, unit = n/1024, units[i:i+1]
	}
	return n, unit
}

// ParseSize reads a size that is more than nothing: 16G, 16g, 16GiB, 17179869184.
func ParseSize(text string) (int64, error) {
	number, bits := strings.TrimSuffix(strings.ToUpper(text), "IB"), 0
	if last := len(number) - 1; last >= 0 {
		if unit := strings.IndexByte(units, number[last]); unit >= 0 {
			number, bits = number[:last], 10*(unit+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n <= 0 || n > 1<<62>>bits {
		return 0, errors.New("a size is a number with K, M, G or T behind it, like 16G")
	}
	return n << bits, nil
}
