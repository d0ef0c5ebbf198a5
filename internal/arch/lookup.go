package arch

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
)

// Platform returns OCI's name with the variant: "amd64", "arm/v7".
func (a Arch) Platform() string {
	if a.Variant == "" {
		return a.OCI
	}
	return a.OCI + "/" + a.Variant
}

// Names returns the names that a spec can use, without duplicates, OCI's first.
// Plain "arm" is not one of them: to OCI it means arm/v7, to LXD and Incus arm/v6
// (T12).
func (a Arch) Names() []string {
	var names []string
	for _, name := range append([]string{a.Platform(), a.Name, a.Kernel}, a.Aliases...) {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// All returns the architectures that a spec can ask for, the most common first.
func All() []Arch {
	return slices.DeleteFunc(slices.Clone(table), func(a Arch) bool { return a.Rare })
}

// ByName finds an architecture by LXD's name.
func ByName(name string) (Arch, bool) {
	return find(func(a Arch) bool { return a.Name == name })
}

// ByOCI finds the architecture of an OCI platform. The variant only matters for arm,
// where the default is v7.
func ByOCI(architecture, variant string) (Arch, bool) {
	return find(func(a Arch) bool {
		return a.OCI == architecture && (a.Variant == "" || a.Variant == cmp.Or(variant, "v7"))
	})
}

// ByELF finds the architecture of a program. The variants of arm cannot be told
// apart; the result is the first of them.
func ByELF(machine elf.Machine, class elf.Class, data elf.Data) (Arch, bool) {
	return find(func(a Arch) bool { return a.Machine == machine && a.Class == class && a.Data == data })
}

// ELFHeader returns class, byte order and machine as they are in the header of a
// program (e_ident[4:6] and e_machine), in hexadecimal.
func (a Arch) ELFHeader() string {
	machine := binary.LittleEndian.AppendUint16(nil, uint16(a.Machine))
	if a.Data == elf.ELFDATA2MSB {
		slices.Reverse(machine)
	}
	return fmt.Sprintf("%02x%02x%x", byte(a.Class), byte(a.Data), machine)
}

// ByELFHeader finds the architecture of a program by its ELFHeader.
func ByELFHeader(header string) (Arch, bool) {
	return find(func(a Arch) bool { return a.ELFHeader() == header })
}

// BySpecName finds an architecture by a name that a spec can use.
func BySpecName(name string) (Arch, bool) {
	return find(func(a Arch) bool { return !a.Rare && slices.Contains(a.Names(), name) })
}

// ByClientName finds an architecture by a name that LXD, Incus or their users use.
func ByClientName(name string) (Arch, bool) {
	return find(func(a Arch) bool { return slices.Contains(a.Names(), name) || slices.Contains(a.ClientAliases, name) })
}

// ByOldName finds an architecture by any name that OCI documents use, including those
// that old tools wrote in place of OCI's.
func ByOldName(name string) (Arch, bool) {
	return find(func(a Arch) bool {
		return slices.Contains(a.Names(), name) || slices.Contains(a.ClientAliases, name) || slices.Contains(a.OldNames, name)
	})
}

func find(matches func(Arch) bool) (Arch, bool) {
	i := slices.IndexFunc(table, matches)
	if i < 0 {
		return Arch{}, false
	}
	return table[i], true
}

// LXD returns the name of an OCI platform that LXD 5.0 and every Incus accept in
// metadata and in simplestreams. OCI's "arm" must never pass unmapped: both
// daemons read that word as armv6l (T12).
func LXD(architecture, variant string) (string, error) {
	a, ok := ByOCI(architecture, variant)
	if !ok {
		return "", fmt.Errorf("naming the architecture %q (variant %q): LXD and Incus have no such architecture", architecture, variant)
	}
	return a.Name, nil
}

// Host returns the OCI name of the machine, with the variant, from Go's (GOARCH).
// GOARCH "arm" says nothing of the variant; v7 is what Debian calls armhf.
func Host(goarch string) string {
	if a, ok := ByOCI(goarch, ""); ok {
		return a.Platform()
	}
	return goarch
}

// KernelName returns the kernel's name for one of LXD's. An unknown name is returned
// as it is.
func KernelName(name string) string {
	if a, ok := ByName(name); ok {
		return a.Kernel
	}
	return name
}
