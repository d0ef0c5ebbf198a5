package upgrade

import (
	"debug/elf"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/test/hostile/bomb"
)

// registry is the host that specs and clients name in all folders. When one is made, it listens
// there; afterwards, a mirror on any port stands for it.
const registry = "127.0.0.1:5999"

// contents are the layers of the images in the registry; a later version of an image has
// one more.
func contents(r *bomb.Registry, name string, versions int) {
	var layers []bomb.Packed
	for v := range versions {
		l := bomb.NewLayer()
		l.File("srv/"+name+string(rune('0'+v)), []byte(strings.Repeat(name+"\n", 100)))
		layers = append(layers, l.Done())
	}
	r.Image("team/"+name, layers...)
}

// mirrored starts a registry, and gives the flag that has it asked.
func mirrored(t *testing.T) (r *bomb.Registry, flag string) {
	t.Helper()
	r = bomb.NewRegistry()
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	return r, "--mirror=" + registry + "=" + strings.TrimPrefix(s.URL, "http://")
}

var _ http.Handler = (*bomb.Registry)(nil)

// busybox writes a program for amd64 that does nothing, in place of a busybox of a megabyte:
// nobody starts these images. It returns the flag that names it.
func busybox(t *testing.T, folder string) (flag string) {
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
		err = os.WriteFile(filepath.Join(folder, "busybox"), data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	return "--busybox=amd64=busybox"
}
