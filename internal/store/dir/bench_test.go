package dir_test

import (
	"fmt"
	"testing"
	"time"

	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// BenchmarkVersions lists 200 versions, three of each product, as the server
// does for nearly every request; "opened" is the first time in a process, and
// "changed" just after something was published.
func BenchmarkVersions(b *testing.B) {
	folder := b.TempDir()
	s := open(b, folder)
	for i := range 200 {
		v := version(fmt.Sprintf("image%d", i/3))
		v.Layers = []string{"sha256:" + fmt.Sprintf("%064d", 1), "sha256:" + fmt.Sprintf("%064d", 2), "sha256:" + fmt.Sprintf("%064d", 3)}
		v.Aliases = []string{"web", "docker.io/library/web", "docker.io/library/web:latest"}
		storetest.Split(b, s, v, []byte("metadata"), []byte("rootfs"))
	}
	list := func(b *testing.B, s *dir.Store) {
		now, err := s.Versions(b.Context())
		if err != nil || len(now.List()) != 200 {
			b.Fatal(now, err)
		}
	}
	b.Run("changed", func(b *testing.B) {
		for b.Loop() {
			list(b, s)
		}
	})
	time.Sleep(3 * time.Second) // what was published is not news any more
	b.Run("again", func(b *testing.B) {
		for b.Loop() {
			list(b, s)
		}
	})
	b.Run("opened", func(b *testing.B) {
		for b.Loop() {
			list(b, open(b, folder))
		}
	})
	v := storetest.Versions(b, s)[0]
	b.Run("file", func(b *testing.B) {
		for b.Loop() {
			f, err := s.OpenFile(b.Context(), v.Path(v.Files[0]))
			if err != nil {
				b.Fatal(err)
			}
			f.Close()
		}
	})
}
