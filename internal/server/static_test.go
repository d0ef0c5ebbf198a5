package server_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/simplestreams"
	"lxdocker/internal/store/storetest"
	"lxdocker/internal/testenv"
)

const nginxConfig = `
daemon off; master_process off; pid nginx.pid; error_log error.log;
events {}
http {
	access_log off;
	client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
	types { application/json json; }
	server { listen unix:%s; root %s; }
}
`

// TestAnyWebServerCanServeTheFolder has nginx serve the store's folder as it
// is: it gives out the same catalog as we do, and every file in it.
func TestAnyWebServerCanServeTheFolder(t *testing.T) {
	f := newFixture(t)
	storetest.Unified(t, f.store, image.Version{Name: "uni", Architecture: "arm64"}, "lxd_combined.tar.gz", []byte("unified"))
	if err := f.store.UpdateStreams(t.Context(), simplestreams.RenderProducts); err != nil {
		t.Fatal(err)
	}
	nginx := startNginx(t, f.dir)
	for _, path := range []string{simplestreams.IndexPath, simplestreams.ImagesPath} {
		if theirs, ours := getFrom(t, nginx, path), f.ask("GET", "/"+path).body; string(theirs) != ours {
			t.Errorf("%s of nginx is\n%s\nours is\n%s", path, theirs, ours)
		}
	}
	all := items(t, getFrom(t, nginx, simplestreams.ImagesPath))
	if len(all) != 5 { // three of the split image, two of the unified one
		t.Errorf("the catalog has %d items", len(all))
	}
	for _, i := range all {
		b := getFrom(t, nginx, i.Path)
		if sum := fmt.Sprintf("%x", sha256.Sum256(b)); int64(len(b)) != i.Size || sum != i.SHA256 {
			t.Errorf("%s has %d bytes with hash %s, the catalog says %d and %s", i.Path, len(b), sum, i.Size, i.SHA256)
		}
	}
}

func startNginx(t *testing.T, folder string) *http.Client {
	t.Helper()
	program := testenv.NeedsProgram(t, "nginx", "nginx-light")
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), fmt.Appendf(nil, nginxConfig, socket, folder), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if c, err := dial(t.Context(), "", ""); err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("nginx does not answer:\n%s", log)
		}
	}
	transport := &http.Transport{DialContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func getFrom(t *testing.T, c *http.Client, path string) []byte {
	t.Helper()
	r, err := c.Get("http://nginx/" + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", path, r.Status, err)
	}
	return b
}
