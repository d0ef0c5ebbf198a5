package main

import (
	"os"
	"path/filepath"
	"testing"

	"lxdocker/internal/oci"
)

func TestAnImageWithoutASpecIsShownAsItsSource(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "o")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	for reference, want := range map[string]string{
		"nginx":                       "nginx",
		"ghcr.io/owner/name:1.2":      "name",
		"127.0.0.1:5000/name":         "name",
		"oci:o":                       "o",
		"oci:/x/o":                    "o",
		"oci:../x/o/:1.0":             "o",
		"oci:.":                       "o",
		"oci:./":                      "o",
		"oci:/x@y/o:@0":               "o",
		"oci:web.tar":                 "web.tar", // a folder
		"oci-archive:app.tar":         "app",
		"oci-archive:/x/app.tar:web":  "app",
		"docker-archive:app.1.tar.gz": "app.1",
		"docker-archive:app.tgz":      "app",
		"docker-archive:app.tar.zst":  "app",
		"docker-archive:.tar":         ".tar",
		"docker-archive:app":          "app",
	} {
		ref, err := oci.Parse(reference)
		if err != nil {
			t.Fatal(err)
		}
		if got := label(ref); got != want {
			t.Errorf("%s is shown as %q, want %q", reference, got, want)
		}
	}
}
