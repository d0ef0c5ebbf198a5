package guest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"runtime"
	"testing"
)

// program makes the header of an ELF program, with one program header.
func program(m elf.Machine, class elf.Class, order binary.ByteOrder, kind elf.Type, segment elf.ProgType) []byte {
	data := elf.ELFDATA2LSB
	if order == binary.BigEndian {
		data = elf.ELFDATA2MSB
	}
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(class), byte(data), byte(elf.EV_CURRENT)}
	var b bytes.Buffer
	if class == elf.ELFCLASS32 {
		binary.Write(&b, order, elf.Header32{Ident: ident, Type: uint16(kind), Machine: uint16(m), Version: 1, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: 1})
		binary.Write(&b, order, elf.Prog32{Type: uint32(segment)})
	} else {
		binary.Write(&b, order, elf.Header64{Ident: ident, Type: uint16(kind), Machine: uint16(m), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1})
		binary.Write(&b, order, elf.Prog64{Type: uint32(segment)})
	}
	return b.Bytes()
}

func TestTheArchitectureOfAProgramIsTold(t *testing.T) {
	for _, test := range []struct {
		machine elf.Machine
		class   elf.Class
		order   binary.ByteOrder
		want    string
	}{
		{elf.EM_X86_64, elf.ELFCLASS64, binary.LittleEndian, "amd64"},
		{elf.EM_386, elf.ELFCLASS32, binary.LittleEndian, "386"},
		{elf.EM_AARCH64, elf.ELFCLASS64, binary.LittleEndian, "arm64"},
		{elf.EM_ARM, elf.ELFCLASS32, binary.LittleEndian, "arm"},
		{elf.EM_PPC64, elf.ELFCLASS64, binary.LittleEndian, "ppc64le"},
		{elf.EM_S390, elf.ELFCLASS64, binary.BigEndian, "s390x"},
		{elf.EM_RISCV, elf.ELFCLASS64, binary.LittleEndian, "riscv64"},
		{elf.EM_LOONGARCH, elf.ELFCLASS64, binary.LittleEndian, "loong64"},
		{elf.EM_PPC64, elf.ELFCLASS64, binary.BigEndian, ""},
		{elf.EM_X86_64, elf.ELFCLASS32, binary.LittleEndian, ""},
		{elf.EM_SPARCV9, elf.ELFCLASS64, binary.BigEndian, ""},
	} {
		got, err := Machine(program(test.machine, test.class, test.order, elf.ET_EXEC, elf.PT_LOAD))
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%v %v is %q (%v), not %q", test.machine, test.class, got, err, test.want)
		}
	}
}

func TestWhatCannotRunInEveryImageIsRefused(t *testing.T) {
	for name, b := range map[string][]byte{
		"nothing":             nil,
		"a script":            []byte("#!/bin/sh\n"),
		"a dynamic program":   program(elf.EM_X86_64, elf.ELFCLASS64, binary.LittleEndian, elf.ET_DYN, elf.PT_INTERP),
		"an object file":      program(elf.EM_X86_64, elf.ELFCLASS64, binary.LittleEndian, elf.ET_REL, elf.PT_LOAD),
		"half of a program":   program(elf.EM_X86_64, elf.ELFCLASS64, binary.LittleEndian, elf.ET_EXEC, elf.PT_LOAD)[:40],
		"/bin/ls of the host": read(t, "/bin/ls"),
	} {
		if got, err := Machine(b); err == nil {
			t.Errorf("%s is taken for a program for %s", name, got)
		}
	}
}

func TestTheHostsBusyboxIsForTheHost(t *testing.T) {
	got, err := Machine(busybox(t))
	if err != nil || got != runtime.GOARCH {
		t.Errorf("it is for %q (%v), not %s", got, err, runtime.GOARCH)
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	return b
}

func TestKernelsFor64BitsRunProgramsFor32(t *testing.T) {
	for want, c := range map[string]struct {
		machine elf.Machine
		class   elf.Class
		order   binary.ByteOrder
	}{
		"02013e00 01010300 01013e00": {elf.EM_X86_64, elf.ELFCLASS64, binary.LittleEndian},
		"0201b700 01012800":          {elf.EM_AARCH64, elf.ELFCLASS64, binary.LittleEndian},
		"01012800":                   {elf.EM_ARM, elf.ELFCLASS32, binary.LittleEndian},
		"01010300":                   {elf.EM_386, elf.ELFCLASS32, binary.LittleEndian},
		"02020016":                   {elf.EM_S390, elf.ELFCLASS64, binary.BigEndian},
		"02020015":                   {elf.EM_PPC64, elf.ELFCLASS64, binary.BigEndian},
	} {
		if got := machines(program(c.machine, c.class, c.order, elf.ET_EXEC, elf.PT_LOAD)); got != want {
			t.Errorf("beside %v run %q, not %q", c.machine, got, want)
		}
	}
}
