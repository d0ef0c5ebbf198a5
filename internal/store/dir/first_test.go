package dir_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

func TestWhatTheFirstLxdockerLeft(t *testing.T) {
	folder := t.TempDir()
	v := split(t, open(t, folder), "nginx")
	sum := strings.Repeat("0a", 32)
	meta := "specdigest: sha256:1\nociimagedigest: sha256:2\nlxdimagedigest: sha256:" + sum + "\nfilename: nginx-" + sum + ".rootfs\n"
	theirs := map[string]string{
		"nginx-" + sum + ".rootfs": "image", "nginx.meta": meta, "nginx.meta1234": meta, "redis.rootfs.tmp": "half",
	}
	others := map[string]string{
		"song.meta": "title: x\n", "notes.rootfs": "mine", "readme.txt": "", "images/nginx-" + sum + ".rootfs": "not at this place",
	}
	for _, files := range []map[string]string{theirs, others} {
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Symlink("readme.txt", filepath.Join(folder, "link-"+sum+".rootfs")); err != nil {
		t.Fatal(err)
	}
	found, err := dir.FindLeftovers(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var bytes int64
	for name, text := range theirs {
		names, bytes = append(names, filepath.Join(folder, name)), bytes+int64(len(text))
	}
	slices.Sort(names)
	if slices.Sort(found.Files); !slices.Equal(found.Files, names) || found.Bytes != bytes {
		t.Errorf("found are %q with %d bytes", found.Files, found.Bytes)
	}
	for range 2 { // the second time, they are gone
		if err := found.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := dir.FindLeftovers(folder); err != nil || len(left.Files) > 0 {
		t.Errorf("left are %q, %v", left.Files, err)
	}
	for name := range others {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
	if got := storetest.Versions(t, open(t, folder)); len(got) != 1 || got[0].Serial != v.Serial {
		t.Errorf("published is %v", got)
	}
	if _, err := dir.FindLeftovers(filepath.Join(folder, "nothing")); err == nil {
		t.Error("a folder that is not there was looked at")
	}
}
