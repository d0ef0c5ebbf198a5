package convert

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"lxdocker/internal/failure"
)

func TestBusyboxIsReadAgainWhenItsFileChanges(t *testing.T) {
	host, err := os.ReadFile("/bin/busybox")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "busybox")
	write := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(file+".new", data, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	b := NewBusybox(map[string]string{"": file})
	write(host)
	first, err := b.find(runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.find(runtime.GOARCH); err != nil || &again.data[0] != &first.data[0] {
		t.Errorf("it was read twice (%v)", err)
	}
	write(append(host, 0))
	if next, err := b.find(runtime.GOARCH); err != nil || next.sum == first.sum || len(next.data) != len(host)+1 {
		t.Errorf("after an upgrade it is the old one (%v)", err)
	}
}

func TestABusyboxForAnotherMachineIsRefused(t *testing.T) {
	b := NewBusybox(map[string]string{"": "/bin/busybox", "s390x": filepath.Join(t.TempDir(), "gone")})
	err := b.Check("riscv64")
	if err == nil || failure.KindOf(err) != failure.Unsupported || !strings.Contains(err.Error(), "--busybox riscv64=FILE") {
		t.Errorf("it is %v", err)
	}
	if err := b.Check("s390x"); err == nil || !strings.Contains(err.Error(), "busybox-static") {
		t.Errorf("without a file it is %v", err)
	}
}
