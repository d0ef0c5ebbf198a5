package remote_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/internal/daemon/remote"
)

const config = `default-remote: far
remotes:
  far:
    addr: https://10.0.0.7:8443
    auth_type: tls
    project: web
    protocol: lxd
    public: false
  hub:
    addr: https://hub.example.org
    protocol: lxd
    public: true
  images:
    addr: https://images.example.org
    protocol: simplestreams
    public: true
  local:
    addr: unix://
    public: false
aliases: {}
`

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func certificate(t *testing.T) string {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}))
}

func TestRemotesAreThoseOfTheClient(t *testing.T) {
	pinned := certificate(t)
	dir := folder(t, map[string]string{"config.yml": config, "servercerts/far.crt": pinned, "servercerts/hub.crt": pinned})
	c, err := remote.Read(daemon.LXD, dir)
	if err != nil || c.Default != "far" || len(c.Remotes) != 4 {
		t.Fatalf("%+v, %v", c, err)
	}
	far, _ := c.Find("far")
	a, err := far.Address()
	if err != nil || a.URL != "https://10.0.0.7:8443" || a.Project != "web" || a.Pinned == nil || a.Certificate != nil || !far.IsDaemon() {
		t.Errorf("%+v, %v", a, err)
	}
	hub, _ := c.Find("hub")
	s, err := hub.Source("nginx:1.27")
	want := daemon.Source{Type: "image", Mode: "pull", Alias: "nginx:1.27", Server: "https://hub.example.org", Protocol: "lxd", Certificate: pinned}
	if err != nil || s != want || hub.IsDaemon() {
		t.Errorf("%+v, %v", s, err)
	}
	images, _ := c.Find("images")
	if s, err := images.Source("debian/12"); err != nil || s.Protocol != "simplestreams" || s.Certificate != "" {
		t.Errorf("%+v, %v", s, err)
	}
	local, _ := c.Find("local")
	if !local.IsLocal() || !local.IsDaemon() || far.IsLocal() {
		t.Error("local is not, or far is")
	}
	if _, err := far.Source("x"); err == nil || !strings.Contains(err.Error(), "--public") {
		t.Error(err)
	}
	if _, ok := c.Find("nobody"); ok {
		t.Error("there is a remote that is not there")
	}
}

func TestSocketsAreThoseThatAreNamed(t *testing.T) {
	dir := folder(t, map[string]string{"config.yml": `remotes:
  a: {addr: "unix://"}
  b: {addr: "unix:///srv/lxd/unix.socket", project: web}
  c: {addr: "unix:/srv/lxd/unix.socket"}
`, "servercerts/b.crt": "not read"})
	c, err := remote.Read(daemon.Incus, dir)
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []daemon.Address{{Name: "a"}, {Name: "b", Socket: "/srv/lxd/unix.socket", Project: "web"}, {Name: "c", Socket: "/srv/lxd/unix.socket"}} {
		want.Kind = daemon.Incus
		if a, err := c.Remotes[n].Address(); err != nil || a != want || !c.Remotes[n].IsLocal() || !c.Remotes[n].IsDaemon() {
			t.Errorf("%+v, %v", a, err)
		}
	}
}

func TestWhatIsWrongWithTheConfigurationIsSaid(t *testing.T) {
	for name, row := range map[string]struct {
		files map[string]string
		says  string
	}{
		"no YAML":                   {map[string]string{"config.yml": "remotes: ["}, "config.yml"},
		"a certificate, no PEM":     {map[string]string{"config.yml": config, "servercerts/far.crt": "x"}, "far.crt is no PEM"},
		"a key that does not fit":   {map[string]string{"config.yml": config, "client.crt": "x", "client.key": "y"}, "certificate of this user"},
		"no configuration at all":   {nil, "config.yml"},
		"a certificate without key": {map[string]string{"config.yml": config, "servercerts/far.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}, "far.crt"},
	} {
		c, err := remote.Read(daemon.LXD, folder(t, row.files))
		if err == nil {
			far, _ := c.Find("far")
			_, err = far.Address()
		}
		if err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFoldersAreThoseOfTheEnvironmentAndTheUser(t *testing.T) {
	home := folder(t, map[string]string{".config/incus/config.yml": "", "snap/lxd/common/config/config.yml": "", ".config/lxc/config.yml": ""})
	named := folder(t, map[string]string{"config.yml": ""})
	got := remote.Folders(func(key string) string { return map[string]string{"INCUS_CONF": named}[key] }, home)
	if got[daemon.LXD] != filepath.Join(home, "snap/lxd/common/config") || got[daemon.Incus] != named {
		t.Errorf("%v", got)
	}
	if got := remote.Folders(func(string) string { return "" }, t.TempDir()); len(got) != 0 {
		t.Errorf("%v", got)
	}
}
