package hostile

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lxdocker/internal/testenv"
	"lxdocker/test/hostile/bomb"
)

// steering is an environment by which an image would decide what its spec and the
// instance decide, if its names were settings.
func steering() []string {
	return []string{
		"LXDOCKER_USER=0", "LXDOCKER_USER=0:0", "LXDOCKER_ENTRYPOINT=/bin/busybox echo pwned", "LXDOCKER_CMD=pwned", "LXDOCKER_WORKDIR=/pwned", "LXDOCKER_RESTART=always",
		"LXDOCKER_SUPERVISE=no", "LXDOCKER_HEALTH_CMD=touch /pwned", "LXDOCKER_ENVFILE=/own.env", "LXDOCKER_TMP=disk", "LXDOCKER_RUN=disk", "UDHCPC_NO_DNS=1",
		"WORD=first", "WORD=second",
	}
}

func TestAnImageDoesNotChooseItsUserAgainstItsSpec(t *testing.T) {
	t.Parallel()
	testenv.NeedsRoot(t)
	busybox, err := os.ReadFile(testenv.NeedsProgram(t, "busybox", "busybox-static"))
	if err != nil {
		t.Fatal(err)
	}
	s, l := newShelf(t), bomb.NewLayer()
	l.File("bin/busybox", busybox)
	l.File("own.env", []byte("FROM_FILE=pwned\n"))
	program := []string{"/bin/busybox", "sh", "-c", "/bin/busybox id -u; pwd; /bin/busybox env"}
	s.Configured("app", map[string]any{"Cmd": program, "Env": steering(), "User": "2000"}, l.Done())
	specs := t.TempDir()
	if err := os.WriteFile(filepath.Join(specs, "shop.yaml"), []byte("image: "+s.host+"/app\nuser: 1000\nenv: {WORD: spec}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	v := newVictim(t, s, "--specs", specs, "--every", "1h", "--imageformat", "tar")
	for name, test := range map[string]struct {
		image    string
		instance []string
		uid      string
		word     string
	}{
		"with a spec":                    {"shop", nil, "1000", "spec"},
		"with a spec, and an instance's": {"shop", []string{"LXDOCKER_USER=3000", "WORD=instance"}, "3000", "instance"},
		"on demand":                      {s.host + "/app", nil, "2000", "second"},
	} {
		lines := v.launched(test.image, test.instance...)
		if got := lines[:2]; !slices.Equal(got, []string{test.uid, "/"}) || !slices.Contains(lines, "WORD="+test.word) {
			t.Errorf("%s: it runs as %q:\n%s", name, got, strings.Join(lines, "\n"))
		}
		// The rest is environment as under Docker, and the end is the end.
		for _, line := range []string{"LXDOCKER_RESTART=always", "UDHCPC_NO_DNS=1"} {
			if !slices.Contains(lines, line) {
				t.Errorf("%s: the application does not see %s", name, line)
			}
		}
		for _, line := range lines {
			if line == "FROM_FILE=pwned" || strings.HasPrefix(line, "WORD=") && line != "WORD="+test.word {
				t.Errorf("%s: the application sees %s", name, line)
			}
		}
		t.Logf("%s the author got user %s in %s", name, lines[0], lines[1])
	}
}

// launched unpacks an image, starts it in namespaces of its own with the environment of
// an instance, and returns what its application has printed until its end.
func (v *victim) launched(name string, environment ...string) []string {
	v.t.Helper()
	fingerprint := ""
	for range 100 {
		if _, fingerprint = v.named(name); fingerprint != "" {
			break
		}
		pause()
	}
	_, body := v.get("/1.0/images/" + fingerprint + "/export")
	dir := v.t.TempDir()
	unpack := exec.CommandContext(v.t.Context(), "tar", "-x", "-C", dir)
	unpack.Stdin = strings.NewReader(body)
	if out, err := unpack.CombinedOutput(); err != nil {
		v.t.Fatalf("unpacking %s: %v: %s", name, err, out)
	}
	boot := `mount -t proc proc "$0/proc" && mount -t tmpfs dev "$0/dev" && mknod -m 666 "$0/dev/null" c 1 3 && chroot=$(command -v chroot) && exec env -i container=lxc "$@" "$chroot" "$0" /sbin/init`
	cmd := exec.CommandContext(v.t.Context(), "unshare", "--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--net", "sh", "-c", boot, filepath.Join(dir, "rootfs"))
	cmd.Args = append(cmd.Args, environment...)
	var console bytes.Buffer
	cmd.Stdout, cmd.Stderr = &console, &console
	if err := cmd.Run(); err != nil {
		v.t.Fatalf("starting %s: %v: %s", name, err, &console)
	}
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(console.String()), "\n"), func(line string) bool { return strings.HasPrefix(line, "lxdocker: ") })
	if len(lines) < 2 {
		v.t.Fatalf("it says only\n%s", &console)
	}
	return lines
}
