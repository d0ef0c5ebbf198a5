package convert

import (
	"testing"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
)

func TestAHostThatMountsShmLearnsItsSize(t *testing.T) {
	c := &Conversion{source: &oci.Image{}}
	m := c.metadata(guest.Process{ShmSize: 1 << 20})
	if m.ShmSize != 1<<20 {
		t.Errorf("the metadata says %d", m.ShmSize)
	}
}
