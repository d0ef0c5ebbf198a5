package lxdimage_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"testing"

	"github.com/ulikunitz/xz"

	"lxdocker/internal/lxdimage"
)

func TestContainerJSON(t *testing.T) {
	got, err := metadata.ContainerJSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "ociVersion": "1.0.2",
  "process": {
    "args": [
      "/sbin/init"
    ],
    "env": [],
    "cwd": "/",
    "user": {
      "uid": 0,
      "gid": 0
    }
  },
  "root": {
    "path": "rootfs"
  },
  "mounts": [
    {
      "destination": "/dev/shm",
      "type": "tmpfs",
      "source": "shm",
      "options": [
        "nosuid",
        "nodev",
        "noexec",
        "mode=1777",
        "size=67108864"
      ]
    }
  ]
}
`
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOnlyTheSizeOfShmDiffersBetweenImages(t *testing.T) {
	plain, err := lxdimage.Metadata{}.ContainerJSON()
	if err != nil {
		t.Fatal(err)
	}
	other := metadata
	other.ShmSize = 128 << 20
	large, err := other.ContainerJSON()
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Replace(large, []byte("size=134217728"), []byte("size=67108864"), 1); !bytes.Equal(got, plain) || bytes.Equal(large, plain) {
		t.Errorf("with 128 MiB it is\n%s\nand with the default\n%s", large, plain)
	}
}

// LXD's main branch refuses an archive in which such a file is anything else.
func TestMetadataFilesAreRegularFiles(t *testing.T) {
	packed, err := xz.NewReader(write(t, lxdimage.Squashfs).files["lxd.tar.xz"])
	if err != nil {
		t.Fatal(err)
	}
	archive, found := tar.NewReader(packed), 0
	for {
		h, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Name != "metadata.yaml" && h.Name != "config.json" {
			continue
		}
		found++
		data, err := io.ReadAll(archive)
		if h.Typeflag != tar.TypeReg || h.Mode != 0o644 || err != nil {
			t.Errorf("%s has type %q and mode %o, %v", h.Name, h.Typeflag, h.Mode, err)
		}
		if h.Name == "config.json" && !json.Valid(data) {
			t.Errorf("config.json is %q", data)
		}
	}
	if found != 2 {
		t.Errorf("%d of the two files are there", found)
	}
}
