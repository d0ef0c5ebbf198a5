package guest

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lxdocker/internal/arch"
)

// Machine tells for which architecture a program is, in the words of OCI
// ("amd64", "arm", "arm64", "386", ...). It is an error if that is no static
// program for Linux: one that needs a loader would need the image's.
func Machine(program []byte) (string, error) {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return "", fmt.Errorf("it is no ELF program: %w", err)
	}
	if f.Type != elf.ET_EXEC && f.Type != elf.ET_DYN {
		return "", errors.New("it is an ELF file, but no program")
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return "", errors.New("it is linked dynamically, but has to run in every image: take a static one")
		}
	}
	a, ok := arch.ByELF(f.Machine, f.Class, f.Data)
	if !ok {
		return "", fmt.Errorf("no architecture of images is called %v (%v, %v)", f.Machine, f.Class, f.Data)
	}
	return a.OCI, nil
}

// machines lists the programs that run where busybox does, as the scripts look
// at them: class, order of bytes and machine from the ELF header, in hex. Kernels
// for 64 bits run programs for 32.
func machines(busybox []byte) string {
	if len(busybox) < 20 || string(busybox[:4]) != elf.ELFMAG {
		return ""
	}
	all := []string{fmt.Sprintf("%x%x", busybox[4:6], busybox[18:20])}
	if own, ok := arch.ByELFHeader(all[0]); ok {
		for _, name := range own.Runs {
			if a, _ := arch.ByName(name); !slices.Contains(all, a.ELFHeader()) {
				all = append(all, a.ELFHeader())
			}
		}
		if own.Name == "amd64" {
			all = append(all, "01013e00") // x32, which images are not made for
		}
	}
	return strings.Join(all, " ")
}
