package humanize

import (
	"fmt"
	"time"
)

// Bytes writes a measured number of bytes: "97.0 MB", in powers of ten.
func Bytes(n int64) string {
	const unit = 1000
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, names := float64(n)/unit, "kMGT"
	// Values that would be rounded to 1000.0 get the next unit.
	for len(names) > 1 && value >= unit-0.05 {
		value, names = value/unit, names[1:]
	}
	return fmt.Sprintf("%.1f %cB", value, names[0])
}

// Rate writes how fast so many bytes came: "31.0 MB/s".
func Rate(n int64, took time.Duration) string {
	return Bytes(int64(float64(n)/max(took.Seconds(), 0.001))) + "/s"
}
