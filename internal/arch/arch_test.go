package arch

import (
	"debug/elf"
	"slices"
	"testing"
)

func TestT12ArchitectureNames(t *testing.T) {
	for _, c := range []struct{ arch, variant, want string }{
		{"amd64", "", "amd64"},
		{"amd64", "v3", "amd64"},
		{"arm64", "v8", "arm64"},
		{"arm", "v8", "armv8l"},
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
		if got, err := LXD(c.arch, c.variant); got != c.want || err != nil {
			t.Errorf("%s/%s is %q, %v; want %q", c.arch, c.variant, got, err, c.want)
		}
	}
	for _, c := range [][2]string{{"wasm", ""}, {"", ""}, {"arm", "v9"}, {"x86_64", ""}} {
		if got, err := LXD(c[0], c[1]); err == nil {
			t.Errorf("%s/%s is %q", c[0], c[1], got)
		}
	}
}

func TestPlainArmIsNobodysName(t *testing.T) {
	for who, lookup := range map[string]func(string) (Arch, bool){
		"a spec": BySpecName, "a client": ByClientName, "a document": ByOldName, "LXD": ByName,
	} {
		if a, ok := lookup("arm"); ok {
			t.Errorf("%s calls %s arm", who, a.Name)
		}
		if a, ok := lookup(""); ok {
			t.Errorf("%s calls %s nothing", who, a.Name)
		}
	}
}

func TestEachReaderKnowsItsOwnNames(t *testing.T) {
	for _, c := range []struct{ name, spec, client, old string }{ // the platform; "" is unknown
		{"amd64", "amd64", "amd64", "amd64"},
		{"x86_64", "amd64", "amd64", "amd64"},
		{"x86-64", "", "amd64", "amd64"},
		{"arm64/v8", "arm64", "arm64", "arm64"},
		{"aarch64", "arm64", "arm64", "arm64"},
		{"armv7", "arm/v7", "arm/v7", "arm/v7"},
		{"armhf", "arm/v7", "arm/v7", "arm/v7"},
		{"arm/v7", "arm/v7", "arm/v7", "arm/v7"},
		{"armv6l", "arm/v6", "arm/v6", "arm/v6"},
		{"armel", "arm/v6", "arm/v6", "arm/v6"},
		{"armv8l", "", "arm/v8", "arm/v8"},
		{"armv5tel", "", "", "arm/v5"},
		{"386", "386", "386", "386"},
		{"i686", "386", "386", "386"},
		{"i586", "", "386", "386"},
		{"x86", "", "386", "386"},
		{"i486", "", "", "386"},
		{"ppc64el", "ppc64le", "ppc64le", "ppc64le"},
		{"loongarch64", "loong64", "loong64", "loong64"},
		{"sparc", "", "", ""},
	} {
		spec, _ := BySpecName(c.name)
		client, _ := ByClientName(c.name)
		old, _ := ByOldName(c.name)
		if got := [3]string{spec.Platform(), client.Platform(), old.Platform()}; got != [3]string{c.spec, c.client, c.old} {
			t.Errorf("%s is %q, want %q", c.name, got, [3]string{c.spec, c.client, c.old})
		}
	}
}

func TestNoNameIsThatOfTwo(t *testing.T) {
	owner := map[string]string{}
	for _, a := range table {
		for _, name := range slices.Concat(a.Names(), a.ClientAliases, a.OldNames) {
			if other, taken := owner[name]; taken && other != a.Name {
				t.Errorf("%s is %s and %s", name, other, a.Name)
			}
			owner[name] = a.Name
		}
	}
}

func TestEveryRowIsFoundByEachOfItsNames(t *testing.T) {
	for _, a := range table {
		if got, ok := ByOCI(a.OCI, a.Variant); !ok || got.Platform() != a.Platform() || got.Name != a.Name {
			t.Errorf("%s is %s", a.Platform(), got.Platform())
		}
		if got, ok := ByName(a.Name); !ok || got.Name != a.Name || !a.Rare && got.Platform() != a.Platform() {
			t.Errorf("%s is %s", a.Name, got.Platform())
		}
		if got, ok := ByELF(a.Machine, a.Class, a.Data); !ok || got.OCI != a.OCI {
			t.Errorf("the programs of %s are those of %s", a.Name, got.Name)
		}
		for _, name := range a.Runs {
			if _, ok := ByName(name); !ok {
				t.Errorf("%s runs %s, which is no name of LXD's", a.Name, name)
			}
		}
	}
	if a, ok := ByELF(elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2MSB); ok {
		t.Errorf("programs for ppc64 are for %s", a.Name)
	}
}

func TestKernelName(t *testing.T) {
	for name, want := range map[string]string{"amd64": "x86_64", "armhf": "armv7l", "armel": "armv6l", "vax": "vax"} {
		if got := KernelName(name); got != want {
			t.Errorf("the kernel calls %s %s, not %s", name, got, want)
		}
	}
}

func TestHost(t *testing.T) {
	for goarch, want := range map[string]string{"amd64": "amd64", "arm": "arm/v7", "arm64": "arm64", "386": "386", "mips": "mips"} {
		if got := Host(goarch); got != want {
			t.Errorf("a machine of %s is %s, not %s", goarch, got, want)
		}
	}
}

func TestAllIsACopy(t *testing.T) {
	All()[0].Name = "changed"
	if a := All()[0]; a.Name != "amd64" {
		t.Errorf("the first one is %s", a.Name)
	}
}
