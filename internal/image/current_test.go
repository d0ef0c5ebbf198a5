package image_test

import (
	"testing"

	"lxdocker/internal/image"
)

func TestCurrentIsTheNewestThatIsNotRetired(t *testing.T) {
	got := image.Current(versionsOf(t, "a1 a3r a2 b1r c2 c1"))
	want := map[string]string{"a": "20261202_120000", "c": "20261202_120000"}
	if len(got) != len(want) {
		t.Errorf("there are %d products, want %d: %v", len(got), len(want), got)
	}
	for name, serial := range want {
		if v := got[image.Product{Name: name, Architecture: "amd64"}]; v.Serial != serial {
			t.Errorf("%s is %q, want %s", name, v.Serial, serial)
		}
	}
}

func TestParsePathTakesWhatPathMakes(t *testing.T) {
	v := image.Version{Name: "nginx", Architecture: "amd64", Serial: "20261123_101500"}
	path := v.Path(image.File{Name: "rootfs.squashfs"})
	if id, file, ok := image.ParsePath(path); !ok || id != v.ID() || file != "rootfs.squashfs" {
		t.Errorf("%s is %v %q %v", path, id, file, ok)
	}
	for _, bad := range []string{
		"", "images", "images/nginx/amd64/20261123_101500", path + "/x", "/" + path, "streams/v1/images.json/a/b",
		"images/../amd64/20261123_101500/x", "images/nginx/amd64/20261123_101500/version.json",
		"images/nginx/amd64/20261123_101500/..", "images/nginx/amd64/20261399_101500/x",
	} {
		if id, _, ok := image.ParsePath(bad); ok {
			t.Errorf("%q is %v", bad, id)
		}
	}
}

func TestAFolderOfThisMachineIsNotShown(t *testing.T) {
	for source, want := range map[string]string{
		"docker.io/library/nginx:1.27":                   "docker.io/library/nginx:1.27",
		"oci:/srv/layouts/web":                           "oci",
		"oci:web:1.0":                                    "oci:1.0",
		"oci-archive:../web.tar:docker.io/library/web:1": "oci-archive:docker.io/library/web:1",
		"docker-archive:/tmp/a.tar":                      "docker-archive",
	} {
		if got := image.SourceName(source); got != want {
			t.Errorf("%s is %s, want %s", source, got, want)
		}
	}
}

func TestAnImageIsOfferedOnce(t *testing.T) {
	versions := versionsOf(t, "a1=x a2=y a3=x a4r=z")
	var got []string
	for _, v := range image.Offered(versions) {
		got = append(got, v.Serial[:8])
	}
	if len(got) != 2 || got[0] != "20261203" || got[1] != "20261202" {
		t.Errorf("offered are %v", got)
	}
}
