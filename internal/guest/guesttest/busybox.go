package guesttest

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"testing"
)

// SmallBusybox writes a program for amd64 that does nothing, in place of a busybox of megabytes,
// for images that nobody starts.
func SmallBusybox(t testing.TB, file string) {
	t.Helper()
	header := elf.Header64{
		Ident:   [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:    uint16(elf.ET_EXEC),
		Machine: uint16(elf.EM_X86_64),
		Version: uint32(elf.EV_CURRENT),
		Ehsize:  64, Phentsize: 56, Shentsize: 64,
	}
	data, err := binary.Append(nil, binary.LittleEndian, header)
	if err == nil {
		err = os.WriteFile(file, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}
