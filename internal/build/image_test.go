package build

import (
	"testing"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
)

func TestAHostThatMountsShmLearnsItsSize(t *testing.T) {
	m := metadata(job{}, &oci.Image{}, guest.Process{ShmSize: 1 << 20})
	if m.ShmSize != 1<<20 {
		t.Errorf("the metadata says %d", m.ShmSize)
	}
}
