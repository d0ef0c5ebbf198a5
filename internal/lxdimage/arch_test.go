package lxdimage_test

import (
	"testing"

	"lxdocker/internal/lxdimage"
)

func TestT12ArchitectureNames(t *testing.T) {
	for _, c := range []struct{ arch, variant, want string }{
		{"amd64", "", "amd64"},
		{"amd64", "v3", "amd64"},
		{"arm64", "v8", "arm64"},
		{"arm", "v7", "armhf"},
		{"arm", "", "armhf"}, // never "arm": LXD reads that as armv6l
		{"arm", "v6", "armel"},
		{"arm", "v5", "armel"},
		{"386", "", "i386"},
		{"ppc64le", "", "ppc64el"},
		{"riscv64", "", "riscv64"},
		{"s390x", "", "s390x"},
		{"loong64", "", "loongarch64"},
	} {
		if got, err := lxdimage.Arch(c.arch, c.variant); got != c.want || err != nil {
			t.Errorf("%s/%s is %q, %v; want %q", c.arch, c.variant, got, err, c.want)
		}
	}
	if got, err := lxdimage.Arch("wasm", ""); err == nil {
		t.Errorf("wasm is %q", got)
	}
}
