package monitor_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lxdocker/internal/server/monitor"
	"lxdocker/internal/testenv"
)

func TestOnlyThisMachineIsListenedTo(t *testing.T) {
	for _, right := range []string{"127.0.0.1:0", "127.0.0.2:9443", "[::1]:9443", "localhost:9443", "unix:/run/imgserver/admin.sock"} {
		if err := monitor.Check(right); err != nil {
			t.Errorf("%s: %v", right, err)
		}
	}
	for wrong, want := range map[string]string{
		":9443":                             "only for this machine",
		"0.0.0.0:9443":                      "only for this machine",
		"[::]:9443":                         "only for this machine",
		"192.0.2.1:9443":                    "only for this machine",
		"hub.example:9443":                  "only for this machine",
		"localhost.evil:443":                "only for this machine",
		"9443":                              "neither HOST:PORT nor unix:/path",
		"unix:admin.sock":                   "begins with /",
		"unix:":                             "begins with /",
		"unix:/" + strings.Repeat("a", 107): "at most 107 bytes",
	} {
		if err := monitor.Check(wrong); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

func listen(t *testing.T, path string) (net.Listener, error) {
	t.Helper()
	return monitor.Listen(t.Context(), "unix:"+path)
}

func TestASocketIsForItsUserAlone(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	path := filepath.Join(t.TempDir(), "s")
	l, err := listen(t, path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	_ = l.Close()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("it is left behind: %v", err)
	}
}

func TestTheSocketOfACrashIsReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	old, err := listen(t, path)
	if err != nil {
		t.Fatal(err)
	}
	old.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = old.Close()
	if _, err := os.Lstat(path); err != nil {
		t.Fatal(err) // as after a crash
	}
	l, err := listen(t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

func TestALiveSocketIsNotTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := listen(t, path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := listen(t, path); err == nil || !strings.Contains(err.Error(), "another program listens there") {
		t.Errorf("%v", err)
	}
	if c, err := net.Dial("unix", path); err != nil {
		t.Error(err)
	} else {
		_ = c.Close()
	}
}

func TestAFileThatIsNoSocketStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(t, path); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("%v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "notes" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestASocketOfAnotherUserStays(t *testing.T) {
	testenv.NeedsRoot(t)
	path := filepath.Join(t.TempDir(), "s")
	if err := syscall.Mknod(path, syscall.S_IFSOCK|0o600, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if _, err := listen(t, path); err == nil || !strings.Contains(err.Error(), "another user") {
		t.Errorf("%v", err)
	}
}
