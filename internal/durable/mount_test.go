package durable

import (
	"os"
	"path/filepath"
	"testing"
)

func TestADiskThatIsNotMounted(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	fstab, mountinfo := filepath.Join(dir, "fstab"), filepath.Join(dir, "mountinfo")
	write := func(file, text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(fstab, "# <file system> <mount point> <type>\nUUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n"+
		"UUID=3 /mnt/usb ext4 noauto 0 2\n#UUID=4 /mnt/old ext4\n/dev/sdb1 /mnt/my\\040disk/ ext4 nofail 0 2\nUUID=5 /mnt/usb/inner ext4 defaults 0 2\n"+
		"UUID=6 /mnt/there ext4 defaults 0 2\nUUID=7 "+dir+"/disk ext4 defaults 0 2\n")
	write(mountinfo, "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n30 22 8:2 / /mnt/there rw - ext4 /dev/sdc1 rw\n31 22 8:2 / /mnt/usb/inner rw - ext4 /dev/sdd1 rw\n")
	if err := os.Symlink(filepath.Join(dir, "disk"), filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "disk"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/mnt/usb": "/mnt/usb", "/mnt/usb/images": "/mnt/usb", "/mnt/usbstick": "", "/mnt/old/images": "", "/srv/images": "", "/": "",
		"/mnt/my disk/images": "/mnt/my disk", "/mnt/there/images": "", "/mnt/usb/inner/images": "",
		dir + "/link/images/x": dir + "/disk", dir + "/disk": dir + "/disk", dir: "",
	} {
		if got := unmounted(path, fstab, mountinfo); got != want {
			t.Errorf("%s: %q, not %q", path, got, want)
		}
	}
	if got := unmounted("/mnt/usb", filepath.Join(dir, "none"), mountinfo); got != "" {
		t.Errorf("without a table it is %q", got)
	}
}
