package convert

import (
	"testing"

	"lxdocker/internal/guest"
	"lxdocker/internal/oci"
	"lxdocker/internal/rootfs"
)

func TestAHostThatMountsShmLearnsItsSize(t *testing.T) {
	c := &Conversion{source: &oci.Image{}}
	m := c.metadata(guest.Process{ShmSize: 1 << 20})
	if m.ShmSize != 1<<20 {
		t.Errorf("the metadata says %d", m.ShmSize)
	}
}

func TestOwnersBeyondTheUsualMapAreAProperty(t *testing.T) {
	for name, test := range map[string]struct {
		uid, gid uint32
		want     string
	}{
		"root":                                 {0, 0, ""},
		"the last ID of the usual map":         {65535, 65535, ""},
		"the first user beyond the usual map":  {65536, 0, "65537"},
		"the first group beyond the usual map": {0, 65536, "65537"},
		"OpenShift's":                          {1000620000, 0, "1000620001"},
		"the largest ID":                       {4294967294, 0, "4294967295"},
	} {
		tree := rootfs.New()
		if err := tree.Put("file", rootfs.Inode{Kind: rootfs.File, UID: test.uid, GID: test.gid}); err != nil {
			t.Fatal(err)
		}
		c := &Conversion{source: &oci.Image{}, idmap: idmapSize(tree)}
		if got := c.metadata(guest.Process{}).Properties[IdmapSize]; got != test.want || c.properties()[IdmapSize] != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}
