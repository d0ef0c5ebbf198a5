package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/command"
	"lxdocker/internal/server/servertest"
)

// opener is a listener whose file can be given to others.
type opener interface{ File() (*os.File, error) }

// activated is the command of an imgserver that finds sockets as systemd passes them on.
func activated(t *testing.T, folder, names string, sockets ...net.Listener) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "imgserver")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh", link, "--lxdimages", folder, "--address", "127.0.0.1:1", "--admin-address", "127.0.0.1:1")
	cmd.Env = append(os.Environ(), "LISTEN_FDS="+string(rune('0'+len(sockets))), "LISTEN_FDNAMES="+names)
	for _, l := range sockets {
		f, err := l.(opener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		t.Cleanup(func() { _ = f.Close() })
		cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	}
	return cmd
}

func opened(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	return l
}

func TestSocketsOfTheServiceManagerAreUsedInPlaceOfAddresses(t *testing.T) {
	folder, path := filepath.Join(t.TempDir(), "images"), filepath.Join(t.TempDir(), "admin")
	split(t, folder, "web", []byte("root file system"))
	one, two, admin := opened(t, "tcp", "127.0.0.1:0"), opened(t, "tcp", "127.0.0.1:0"), opened(t, "unix", path)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := servertest.StartCommand(activated(t, folder, "imgserver.socket:imgserver.socket:admin", one, two, admin))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	if want := "https://" + one.Addr().String(); s.URL != want {
		t.Errorf("it answers at %s, not at %s", s.URL, want)
	}
	for _, address := range []net.Addr{one.Addr(), two.Addr()} {
		r, err := s.Client.Get("https://" + address.String() + "/1.0/images")
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	r, err := c.Get("http://admin/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if answer, err := io.ReadAll(r.Body); string(answer) != "ok\n" || err != nil {
		t.Errorf("at the socket for those who watch, it answers %q, %v", answer, err)
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("the socket is the service manager's: %v", err)
	}
}

func TestSocketsThatCannotBeUsedAreRefused(t *testing.T) {
	folder, path := filepath.Join(t.TempDir(), "images"), filepath.Join(t.TempDir(), "admin")
	split(t, folder, "web", []byte("root file system"))
	for name, test := range map[string]struct {
		names, text string
		sockets     func() []net.Listener
	}{
		"a path for clients":    {"imgserver.socket", "name a port", func() []net.Listener { return []net.Listener{opened(t, "unix", path)} }},
		"a port for all admins": {"admin", "loopback", func() []net.Listener { return []net.Listener{opened(t, "tcp", ":0")} }},
		"two for admins": {"admin:admin", "2 are called admin", func() []net.Listener {
			return []net.Listener{opened(t, "tcp", "127.0.0.1:0"), opened(t, "tcp", "127.0.0.1:0")}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := activated(t, folder, test.names, test.sockets()...)
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != command.ExitNeedsPerson || !strings.Contains(string(out), test.text) {
				t.Errorf("%v:\n%s", err, out)
			}
		})
	}
}
