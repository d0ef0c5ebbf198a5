package oci

import (
	"strings"
	"testing"
)

func TestPlatformNamesAreOCIs(t *testing.T) {
	for _, c := range []struct {
		in   Platform
		want string
	}{
		{Platform{"amd64", ""}, "linux/amd64"},
		{Platform{"amd64", "v1"}, "linux/amd64"},
		{Platform{"amd64", "v3"}, "linux/amd64/v3"},
		{Platform{"x86_64", ""}, "linux/amd64"},
		{Platform{"AMD64", ""}, "linux/amd64"},
		{Platform{"arm64", "v8"}, "linux/arm64"},
		{Platform{"arm64", "8"}, "linux/arm64"},
		{Platform{"aarch64", ""}, "linux/arm64"},
		{Platform{"arm64", "v9"}, "linux/arm64/v9"},
		{Platform{"arm", ""}, "linux/arm/v7"},
		{Platform{"arm", "7"}, "linux/arm/v7"},
		{Platform{"arm", "v6"}, "linux/arm/v6"},
		{Platform{"armhf", ""}, "linux/arm/v7"},
		{Platform{"armel", ""}, "linux/arm/v6"},
		{Platform{"i386", ""}, "linux/386"},
		{Platform{"ppc64le", "power9"}, "linux/ppc64le/power9"},
		{Platform{"loongarch64", ""}, "linux/loong64"},
		{Platform{"riscv64", ""}, "linux/riscv64"},
	} {
		if got := c.in.normal().String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.in, got, c.want)
		}
		if again := c.in.normal().normal(); again != c.in.normal() {
			t.Errorf("%v: normal is not stable: %v", c.in, again)
		}
	}
}

// TestT12PlatformChoice checks which entry of an index serves whom.
func TestT12PlatformChoice(t *testing.T) {
	for _, c := range []struct {
		want Platform
		have string // in the order of the index
		get  string // "" for none
	}{
		{Platform{"amd64", ""}, "arm64 386 amd64", "amd64"},
		{Platform{"amd64", ""}, "amd64/v3 amd64/v2 amd64", "amd64"},
		{Platform{"amd64", ""}, "amd64/v2 amd64/v1", "amd64/v1"},
		{Platform{"amd64", ""}, "amd64/v3 amd64/v2", "amd64/v2"}, // with a warning
		{Platform{"amd64", "v1"}, "amd64/v2", ""},
		{Platform{"amd64", "v3"}, "amd64 amd64/v2 amd64/v4", "amd64/v2"},
		{Platform{"amd64", ""}, "386", ""},
		{Platform{"386", ""}, "amd64 386", "386"},
		{Platform{"arm", "v7"}, "arm/v5 arm/v6 arm/v7 arm64/v8", "arm/v7"},
		{Platform{"arm", "v7"}, "arm/v5 arm/v6 arm64", "arm/v6"},
		{Platform{"arm", "v7"}, "arm/v5", "arm/v5"},
		{Platform{"arm", "v6"}, "arm/v7 arm/v5", "arm/v5"},
		{Platform{"arm", "v6"}, "arm/v7", ""},
		{Platform{"arm", "v6"}, "arm", ""}, // arm without variant is v7
		{Platform{"arm", "v5"}, "arm/v6 arm/v5", "arm/v5"},
		{Platform{"arm", "v7"}, "arm/v8", ""},
		{Platform{"arm", ""}, "arm/v6 arm/v7", "arm/v7"},
		{Platform{"arm", "v7"}, "arm", "arm"},
		{Platform{"arm64", ""}, "arm/v7 arm64/v8", "arm64/v8"},
		{Platform{"arm64", "v8"}, "arm64", "arm64"},
		{Platform{"arm64", ""}, "arm64/v9 arm64", "arm64"},
		{Platform{"arm64", ""}, "arm/v7", ""},
		{Platform{"riscv64", ""}, "riscv64/rva22u64", "riscv64/rva22u64"},
		{Platform{"riscv64", "rva22u64"}, "riscv64", "riscv64"},
		{Platform{"riscv64", "rva20u64"}, "riscv64/rva22u64", ""},
		{Platform{"s390x", ""}, "ppc64le s390x", "s390x"},
		{Platform{"amd64", ""}, "x86_64", "x86_64"},
		{Platform{"amd64", ""}, "amd64 amd64", "amd64"},
	} {
		parse := func(s string) Platform {
			arch, variant, _ := strings.Cut(s, "/")
			return Platform{arch, variant}
		}
		got := ""
		if best := nearest(c.want, strings.Fields(c.have), parse); len(best) > 0 {
			got = best[0]
		}
		if got != c.get {
			t.Errorf("%v of %q: got %q, want %q", c.want, c.have, got, c.get)
		}
	}
}
