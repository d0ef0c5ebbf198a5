package guest

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
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
	name, ok := architecture(f.Machine, f.Class, f.Data)
	if !ok {
		return "", fmt.Errorf("no architecture of images is called %v (%v, %v)", f.Machine, f.Class, f.Data)
	}
	return name, nil
}

func architecture(m elf.Machine, c elf.Class, d elf.Data) (string, bool) {
	little := d == elf.ELFDATA2LSB
	wide := c == elf.ELFCLASS64
	switch {
	case m == elf.EM_X86_64 && wide:
		return "amd64", true
	case m == elf.EM_386:
		return "386", true
	case m == elf.EM_AARCH64 && little:
		return "arm64", true
	case m == elf.EM_ARM && little:
		return "arm", true
	case m == elf.EM_PPC64 && little:
		return "ppc64le", true
	case m == elf.EM_S390 && wide:
		return "s390x", true
	case m == elf.EM_RISCV && wide:
		return "riscv64", true
	case m == elf.EM_LOONGARCH && wide:
		return "loong64", true
	}
	return "", false
}
