package config

import "testing"

func TestSizesAreReadAndWritten(t *testing.T) {
	for text, want := range map[string]Size{"1": 1, "512M": 512 << 20, "16G": 16 << 30, "16g": 16 << 30, "16GiB": 16 << 30, "2T": 2 << 40, "1536": 1536} {
		var got Size
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "G", "-1G", "0", "lots", "1.5G", "1P", "9999999T", "1 G"} {
		var got Size
		if err := got.Set(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
	for want, s := range map[string]Size{"0": 0, "16G": 16 << 30, "1536M": 1536 << 20, "1000": 1000} {
		if got := s.String(); got != want {
			t.Errorf("%d is written %s, not %s", int64(s), got, want)
		}
	}
}
