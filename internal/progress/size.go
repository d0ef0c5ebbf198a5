package progress

import (
	"fmt"
	"strings"
	"time"
)

// Size says a number of bytes as people read it: "97.0 MB", in powers of ten.
func Size(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, names := float64(n)/unit, "kMGT"
	// What would be rounded to 1000.0 is one of the next unit.
	for len(names) > 1 && value >= unit-0.05 {
		value, names = value/unit, names[1:]
	}
	return fmt.Sprintf("%.1f %cB", value, names[0])
}

// Rate says how fast so many bytes came: "31.0 MB/s".
func Rate(n int64, took time.Duration) string {
	return Size(int64(float64(n)/max(took.Seconds(), 0.001))) + "/s"
}

// short is as much of a digest as tells layers apart.
func short(digest string) string {
	_, hex, found := strings.Cut(digest, ":")
	if !found {
		hex = digest
	}
	return hex[:min(12, len(hex))]
}

func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
