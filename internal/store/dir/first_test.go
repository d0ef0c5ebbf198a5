package dir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/store/storetest"
)

func TestWhatTheFirstLxdockerLeft(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	v := split(t, s, "nginx")
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
	var bytes int64
	for _, text := range theirs {
		bytes += int64(len(text))
	}
	if files, size, err := s.Leftovers(); err != nil || files != len(theirs) || size != bytes {
		t.Errorf("found are %d files with %d bytes, %v", files, size, err)
	}
	for range 2 { // the second time, they are gone
		if err := s.RemoveLeftovers(); err != nil {
			t.Fatal(err)
		}
	}
	for name := range theirs {
		if _, err := os.Lstat(filepath.Join(folder, name)); err == nil {
			t.Errorf("%s is left", name)
		}
	}
	if files, _, err := s.Leftovers(); err != nil || files > 0 {
		t.Errorf("left are %d, %v", files, err)
	}
	for name := range others {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
	if got := storetest.Versions(t, open(t, folder)); len(got) != 1 || got[0].Serial != v.Serial {
		t.Errorf("published is %v", got)
	}
	if _, _, err := open(t, filepath.Join(folder, "nothing")).Leftovers(); err == nil {
		t.Error("a folder that is not there was looked at")
	}
}
