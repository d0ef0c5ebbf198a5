package arch

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
)

// Platform is OCI's name with the variant: "amd64", "arm/v7".
func (a Arch) Platform() string {
	if a.Variant == "" {
		return a.OCI
	}
	return a.OCI + "/" + a.Variant
}

// Names are what a spec may call it, without doubles, the one of OCI first.
// Plain "arm" is not among them: OCI means arm/v7 by it, LXD and Incus arm/v6
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

// All are the architectures that a spec can ask for, the usual ones first.
func All() []Arch {
	return slices.DeleteFunc(slices.Clone(table), func(a Arch) bool { return a.Rare })
}

// ByName finds an architecture by LXD's name.
func ByName(name string) (Arch, bool) {
	return find(func(a Arch) bool { return a.Name == name })
}

// ByOCI finds the architecture of an OCI platform. The variant counts for arm
// only, where none means v7, by OCI's rule.
func ByOCI(architecture, variant string) (Arch, bool) {
	return find(func(a Arch) bool {
		return a.OCI == architecture && (a.Variant == "" || a.Variant == cmp.Or(variant, "v7"))
	})
}

// ByELF finds the architecture of a program. All variants of arm look alike: of
// those it is the first.
func ByELF(machine elf.Machine, class elf.Class, data elf.Data) (Arch, bool) {
	return find(func(a Arch) bool { return a.Machine == machine && a.Class == class && a.Data == data })
}

// ELFHeader is class, order of bytes and machine as they stand in the header of a
// program (e_ident[4:6] and e_machine), in hex.
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

// BySpecName finds an architecture by what a spec calls it.
func BySpecName(name string) (Arch, bool) {
	return find(func(a Arch) bool { return !a.Rare && slices.Contains(a.Names(), name) })
}

// ByClientName finds an architecture by what people and clients of LXD and Incus
// call it.
func ByClientName(name string) (Arch, bool) {
	return find(func(a Arch) bool { return slices.Contains(a.Names(), name) || slices.Contains(a.ClientAliases, name) })
}

// ByOldName finds an architecture by any name that OCI documents may have for it
// in place of OCI's own.
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

// LXD gives the name of an OCI platform that LXD 5.0 and every Incus accept in
// metadata and in simplestreams. OCI's "arm" must never pass unmapped: both
// daemons read that word as armv6l (T12).
func LXD(architecture, variant string) (string, error) {
	a, ok := ByOCI(architecture, variant)
	if !ok {
		return "", fmt.Errorf("naming the architecture %q (variant %q): LXD and Incus have no such architecture", architecture, variant)
	}
	return a.Name, nil
}

// Host gives the OCI name of the machine, with the variant, from Go's (GOARCH).
// GOARCH "arm" says nothing of the variant; v7 is what Debian calls armhf.
func Host(goarch string) string {
	if a, ok := ByOCI(goarch, ""); ok {
		return a.Platform()
	}
	return goarch
}

// KernelName gives the kernel's name for one of LXD's; a name that nobody knows
// stays as it is.
func KernelName(name string) string {
	if a, ok := ByName(name); ok {
		return a.Kernel
	}
	return name
}
