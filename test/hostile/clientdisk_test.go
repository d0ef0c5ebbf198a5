package hostile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/testenv"
	"lxdocker/test/hostile/bomb"
)

// onDisk is what a folder takes: a file that has several names, once.
func onDisk(dir string) (n int64) {
	seen := map[uint64]bool{}
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		st := info.Sys().(*syscall.Stat_t)
		if !seen[st.Ino] {
			n += st.Blocks * 512
		}
		seen[st.Ino] = true
		return nil
	})
	return n
}

// noise puts an image on the shelf that has a file of so many bytes that nobody can compress.
func (s *shelf) noise(name string, seed, size int) {
	s.one(name, string(bomb.Noise(seed, size)))
}

func TestAClientGetsTheRoomOfOneImageForManyMadeUpTags(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.noise("app", 1, 1<<20)
	v := newVictim(t, s)
	images := filepath.Join(v.dir, "images/images")
	var one int64
	for i := range 21 {
		if a := v.ask(fmt.Sprintf("app:made-up-%d", i)); a.status != 200 {
			t.Fatal(a)
		}
		if i == 0 {
			one = onDisk(images)
		}
	}
	all := onDisk(images)
	if products, _ := filepath.Glob(images + "/*/*/*"); len(products) != 21 {
		t.Errorf("there are %d images", len(products))
	}
	if own := (all - one) / 20; own > 32<<10 {
		t.Errorf("one image takes %d bytes, and each more %d", one, own)
	}
	t.Logf("for 21 made-up tags of one image the attacker got %d KiB of disk; one takes %d KiB", all>>10, one>>10)
}

func TestAClientWhoAsksForImageAfterImageEndsWithinTheRoom(t *testing.T) {
	t.Parallel()
	const limit = 12 << 20
	s := newShelf(t)
	s.noise("popular", 1, 1<<20)
	for i := range 12 {
		s.noise(fmt.Sprint("app", i), i+2, 1<<20)
	}
	v := newVictim(t, s, "--images-size", "12M", "--per-client", "0")
	images := filepath.Join(v.dir, "images/images")
	var most int64
	for i := range 12 {
		for _, name := range []string{"popular", fmt.Sprint("app", i)} {
			if a := v.ask(name); a.status != 200 {
				t.Fatal(a)
			}
		}
		most = max(most, onDisk(images))
	}
	versions, _ := filepath.Glob(images + "/*/*/*")
	if most > limit+int64(len(versions))*16<<10 { // version.json, and what remains of blocks
		t.Errorf("images take %d bytes, of %d that they may", most, limit)
	}
	if kept, _ := filepath.Glob(images + "/*popular*/*/*"); len(kept) != 1 || len(versions) < 2 || len(versions) > 6 {
		t.Errorf("there are %v", versions)
	}
	if !v.logs("removed images on demand to make room") {
		t.Error("the log does not say that images were removed")
	}
	t.Logf("for 12 images the attacker got %d KiB of disk, and %d images that are there; the one that others ask for is, too", most>>10, len(versions)-1)
}

func TestAClientLeavesAPartOfTheDiskFree(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for i := range 12 {
		s.noise(fmt.Sprint("app", i), i+1, 1<<20)
	}
	dir := t.TempDir()
	testenv.SmallDisk(t, dir, "size=24m")
	v := hub(t, s, dir, s.host+"/*", "--images-size=0")
	refused := ""
	for i := range 12 {
		a := v.ask(fmt.Sprint("app", i))
		if a.status == 507 {
			refused = a.text
		} else if a.status != 200 {
			t.Error(a)
		}
		var disk syscall.Statfs_t
		if err := syscall.Statfs(dir, &disk); err != nil {
			t.Fatal(err)
		}
		if free := int64(disk.Bavail) * int64(disk.Bsize); free < 1<<20 {
			t.Fatalf("after %d images, %d bytes are free", i+1, free)
		}
	}
	if strings.Contains(refused, dir) || strings.Contains(refused, "--") {
		t.Errorf("the client is told %q", refused)
	}
	if refused == "" || !v.logs("make the disk larger") {
		t.Error("the log does not say what to do")
	}
	t.Logf("of a disk of 24 MiB the attacker got %d KiB, and at last %q", onDisk(dir)>>10, refused)
}
