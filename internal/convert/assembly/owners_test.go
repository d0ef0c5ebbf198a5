package assembly

import (
	"testing"

	"lxdocker/internal/rootfs"
)

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
		if got := idmapSize(tree); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

func TestASpecMaySayWhatAMapNeeds(t *testing.T) {
	own := map[string]string{IdmapSize: "1", "os": "web"}
	if got := with(own, "70001"); got[IdmapSize] != "1" || got["os"] != "web" {
		t.Errorf("%v", got)
	}
	if got := with(map[string]string{"os": "web"}, "70001"); got[IdmapSize] != "70001" || got["os"] != "web" {
		t.Errorf("%v", got)
	}
}
