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

// machines lists the programs that run where busybox does, as the scripts look
// at them: class, order of bytes and machine from the ELF header, in hex. Kernels
// for 64 bits run programs for 32.
func machines(busybox []byte) string {
	if len(busybox) < 20 || string(busybox[:4]) != elf.ELFMAG {
		return ""
	}
	own := fmt.Sprintf("%x%x", busybox[4:6], busybox[18:20])
	switch own {
	case "02013e00": // amd64
		return own + " 01010300 01013e00"
	case "0201b700": // arm64
		return own + " 01012800"
	}
	return own
}
