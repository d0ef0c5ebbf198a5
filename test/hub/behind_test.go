//go:build e2e

package hub

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/testenv"
	"lxdocker/test/testbed"
)

// TestBehindANginx: names have `:`, `/` and `@` in them, and clients send
// slashes as %2F. A reverse proxy hands these on as they came, or decoded.
func TestBehindANginx(t *testing.T) {
	t.Parallel()
	for kind, pass := range map[string]string{"as-it-came": "", "decoded": "/"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, bed.Registry)
			url := startNginx(t, s, pass)
			repository := "e2e/behind-" + kind
			tag(t, "goserver", repository)
			each(t, func(t *testing.T, d testbed.Daemon) {
				d = d.WithConfig(t.TempDir())
				if err := d.AddPublic(t.Context(), "hub", url); err != nil {
					t.Fatal(err)
				}
				for i, name := range []string{"docker.io/" + repository + ":latest", repository + "@" + digest(t, repository)} {
					if _, err := d.Run(t.Context(), "image", "copy", "hub:"+name, "local:", "--alias", fmt.Sprint("behind-", kind, i)); err != nil {
						t.Error(err)
						continue
					}
					images, err := d.Images(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					want := s.alias(t, name)
					if !slices.ContainsFunc(images, func(i testbed.Image) bool { return i.Fingerprint == want }) {
						t.Errorf("the daemon has %v, and not %s, which is %s", images, want, name)
					}
				}
				_, err := d.Run(t.Context(), "init", "hub:ghcr.io/me/app", "refused")
				if err == nil || !strings.Contains(err.Error(), "ghcr.io/me/app:latest is none of the images") {
					t.Errorf("what is forbidden: %v", err)
				}
			})
		})
	}
}

// nginxConfig is what docs/hub.md asks for, and nothing more. Clients pin the
// certificate that they are shown; it may as well be imgserver's.
const nginxConfig = `
daemon off; master_process off; pid nginx.pid; error_log error.log;
events {}
http {
	access_log off;
	client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
	server {
		listen %[1]s ssl;
		ssl_protocols TLSv1.2 TLSv1.3;
		ssl_certificate %[2]s;
		ssl_certificate_key %[3]s;
		location / { proxy_pass https://%[4]s; proxy_read_timeout 1h; }
	}
}
`

// startNginx puts an nginx in front of a site. With "/" after the upstream it
// decodes paths; with nothing it hands them on.
func startNginx(t *testing.T, s *site, after string) (url string) {
	t.Helper()
	program := testenv.NeedsProgram(t, "nginx", "nginx-light")
	address, err := testbed.UnusedAddress()
	if err != nil {
		t.Fatal(err)
	}
	dir, pair := t.TempDir(), filepath.Join(s.images+"-tls", "imgserver")
	config := fmt.Sprintf(nginxConfig, address, pair+".crt", pair+".key", s.Address+after)
	if err := os.WriteFile(filepath.Join(dir, "nginx.conf"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", dir, "-c", "nginx.conf", "-e", "error.log")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	until(t, 10*time.Second, "nginx listens", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return "https://" + address
}

// digest is what the registry says that the latest tag of a repository means.
func digest(t *testing.T, repository string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}",
		"docker://"+bed.Registry+"/"+repository).Output()
	if err != nil {
		t.Fatalf("inspecting %s: %v", repository, err)
	}
	return strings.TrimSpace(string(out))
}
