package arch

import "debug/elf"

// Arch is one architecture with all its names.
type Arch struct {
	Name   string // LXD's and Incus's; the store and simplestreams use it
	Kernel string // the kernel's (uname -m, or the personality); the image API uses it

	// OCI's name, which is also Go's, and the variant, which only arm has here.
	OCI     string
	Variant string

	// Aliases are further names that a spec can use.
	Aliases []string

	// ClientAliases are further names that LXD and Incus accept
	// (LXD: shared/osarch/architectures.go), but specs do not.
	ClientAliases []string

	// OldNames are further names in OCI documents that old tools wrote.
	OldNames []string

	// Rare architectures are recognised, but a spec cannot ask for them.
	Rare bool

	// Runs has the Names of other architectures whose programs its kernels run, the
	// best first (LXD: personalities).
	Runs []string

	// Fields of the header of an ELF program.
	Machine elf.Machine
	Class   elf.Class
	Data    elf.Data
}

// table has the most common architectures first. Of several rows with one Name,
// ByName returns the first.
var table = []Arch{
	{
		Name: "amd64", Kernel: "x86_64", OCI: "amd64",
		ClientAliases: []string{"x86-64"},
		Runs:          []string{"i386"},
		Machine:       elf.EM_X86_64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "arm64", Kernel: "aarch64", OCI: "arm64",
		Aliases: []string{"arm64/v8"},
		Runs:    []string{"armhf", "armv8l", "armel"},
		Machine: elf.EM_AARCH64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "armhf", Kernel: "armv7l", OCI: "arm", Variant: "v7",
		Aliases: []string{"armv7"},
		Runs:    []string{"armel"},
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "armel", Kernel: "armv6l", OCI: "arm", Variant: "v6",
		Aliases: []string{"armv6"},
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "i386", Kernel: "i686", OCI: "386",
		ClientAliases: []string{"i586", "x86"},
		OldNames:      []string{"i486"},
		Machine:       elf.EM_386, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "ppc64el", Kernel: "ppc64le", OCI: "ppc64le",
		Machine: elf.EM_PPC64, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "s390x", Kernel: "s390x", OCI: "s390x",
		Machine: elf.EM_S390, Class: elf.ELFCLASS64, Data: elf.ELFDATA2MSB,
	},
	{
		Name: "riscv64", Kernel: "riscv64", OCI: "riscv64",
		Machine: elf.EM_RISCV, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "loongarch64", Kernel: "loongarch64", OCI: "loong64",
		Machine: elf.EM_LOONGARCH, Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "armv8l", Kernel: "armv8l", OCI: "arm", Variant: "v8", Rare: true, // a 32-bit system on arm64
		Runs:    []string{"armhf", "armel"},
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB,
	},
	{
		Name: "armel", OCI: "arm", Variant: "v5", Rare: true, // LXD and Incus have no name for it, and v6 runs it
		OldNames: []string{"armv5", "armv5l", "armv5tel"},
		Machine:  elf.EM_ARM, Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB,
	},
}
