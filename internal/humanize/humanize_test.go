package humanize_test

import (
	"testing"
	"time"

	"lxdocker/internal/humanize"
)

func TestMeasuredBytesAreReadable(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 97_000_000: "97.0 MB", 999_949_999: "999.9 MB", 999_999_999: "1.0 GB", 1_360_000_000: "1.4 GB", 5e15: "5000.0 TB"} {
		if got := humanize.Bytes(n); got != want {
			t.Errorf("%d bytes are %q, want %q", n, got, want)
		}
	}
}

func TestRatesAreBytesPerSecond(t *testing.T) {
	for took, want := range map[time.Duration]string{2 * time.Second: "31.0 MB/s", 0: "62.0 GB/s"} {
		if got := humanize.Rate(62_000_000, took); got != want {
			t.Errorf("62 MB in %v are %q, want %q", took, got, want)
		}
	}
}

func TestLimitsAreExact(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 1500: "1500 bytes", 1 << 10: "1 KiB", 1536 << 20: "1536 MiB", 16 << 30: "16 GiB", 3 << 40: "3 TiB"} {
		if got := humanize.Limit(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestSizesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]int64{"1": 1, "512M": 512 << 20, "16G": 16 << 30, "16g": 16 << 30, "16GiB": 16 << 30, "2T": 2 << 40, "1536": 1536} {
		if got, err := humanize.ParseSize(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "G", "-1G", "0", "lots", "1.5G", "1P", "9999999T", "1 G"} {
		if got, err := humanize.ParseSize(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
	for want, n := range map[string]int64{"0": 0, "16G": 16 << 30, "1536M": 1536 << 20, "1000": 1000} {
		if got := humanize.FormatSize(n); got != want {
			t.Errorf("%d is written %s, not %s", n, got, want)
		}
	}
}
