package guest

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"lxdocker/internal/rootfs"
)

// imageWithVolume has content in a volume.
func imageWithVolume(t *testing.T) image {
	return image{
		Process: Process{Volumes: []string{"/data"}},
		conf:    "end 15",
		mounts:  []string{"/data"},
		edit: func(tree *rootfs.Tree) {
			at := dir(0o750)
			at.UID, at.GID = 999, 998
			must(t, tree.Put("data", at))
			file := text("from the image")
			file.UID, file.GID, file.Mode = 5, 6, 0o640
			must(t, tree.Put("data/sub/file", file))
			must(t, tree.Put("data/link", link("sub/file")))
			must(t, tree.Put("data/.hidden", text("x")))
		},
	}
}

func TestAnEmptyDiskOverAVolumeIsFilledFromTheImage(t *testing.T) {
	t.Parallel()
	c := run(t, imageWithVolume(t))
	c.waitForLine("ready")
	for name, want := range map[string]string{
		"data": "drwxr-x--- 999:998", "data/sub/file": "-rw-r----- 5:6", "data/link": "Lrwxrwxrwx 0:0", "data/.hidden": "-rw-r--r-- 0:0",
	} {
		info, err := os.Lstat(c.path(name))
		must(t, err)
		owner := info.Sys().(*syscall.Stat_t)
		if got := fmt.Sprintf("%v %d:%d", info.Mode(), owner.Uid, owner.Gid); got != want {
			t.Errorf("%s is %s, not %s", name, got, want)
		}
	}
	if left, _ := os.ReadDir(c.path(".lxdocker/below")); len(left) != 0 {
		t.Error("the image's root is still mounted below")
	}
}

func TestADiskThatHasSomethingStaysAsItIs(t *testing.T) {
	t.Parallel()
	i := imageWithVolume(t)
	i.containerCommands = [][]string{{"touch", "/data/own"}}
	c := run(t, i)
	c.waitForLine("ready")
	left, err := os.ReadDir(c.path("data"))
	must(t, err)
	if len(left) != 1 || left[0].Name() != "own" {
		t.Errorf("it holds %v", left)
	}
}

func TestADiskThatAMkfsHasMadeCountsAsEmpty(t *testing.T) {
	t.Parallel()
	i := imageWithVolume(t)
	i.containerCommands = [][]string{{"mkdir", "/data/lost+found"}}
	c := run(t, i)
	c.waitForLine("ready")
	if _, err := os.Stat(c.path("data/sub/file")); err != nil {
		t.Error(err)
	}
}

// What an application has deleted does not come back.
func TestADiskIsFilledOnce(t *testing.T) {
	t.Parallel()
	i := imageWithVolume(t)
	c := run(t, i)
	c.waitForLine("ready")
	c.signal(sigPwr)
	c.wait()
	must(t, os.Remove(c.root+"/out/log"))
	c.start(i) // the tmpfs at /data is new and empty, but the same kind of thing at the same place
	c.waitForLine("ready")
	if left, _ := os.ReadDir(c.path("data")); len(left) != 0 {
		t.Errorf("it holds %v", left)
	}
}

func TestAVolumeWithoutADiskIsTheImagesOwn(t *testing.T) {
	t.Parallel()
	i := imageWithVolume(t)
	i.mounts = nil
	c := run(t, i)
	c.waitForLine("ready")
	b, err := os.ReadFile(c.path("data/sub/file"))
	if err != nil || string(b) != "from the image" {
		t.Errorf("%q, %v", b, err)
	}
}

// A volume of the image that is a symlink to somewhere is filled there.
func TestAVolumeBehindASymlink(t *testing.T) {
	t.Parallel()
	i := imageWithVolume(t)
	i.mounts = []string{"/var/real"}
	i.Volumes = []string{"/data"}
	i.edit = func(tree *rootfs.Tree) {
		must(t, tree.Put("var/real/file", text("x")))
		must(t, tree.Put("data", link("/var/real")))
	}
	c := run(t, i)
	c.waitForLine("ready")
	if _, err := os.Stat(c.path("var/real/file")); err != nil {
		t.Error(err)
	}
}
