package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/server/servertest"
	"lxdocker/internal/testenv"
)

// fronted is an imgserver behind a reverse proxy.
type fronted struct {
	t      *testing.T
	server *servertest.Process
	proxy  string // HOST:PORT
	cert   string // of the proxy, a file
	image  image.Version
	ids    int // characters of the names that the proxy gives to requests
}

// documented is the configuration of a language that a page shows.
func documented(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/access.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```" + language + "\n(.*?)```").FindSubmatch(page)
	if found == nil {
		t.Fatalf("the page has no configuration for %s", language)
	}
	return string(found[1])
}

// front starts both: configure makes the proxy's configuration for an address, and command
// runs the proxy with a file that has it.
func front(t *testing.T, name string, configure func(address, hub, images string, own certificate.Files) string, command func(dir, config string) *exec.Cmd) *fronted {
	t.Helper()
	f := &fronted{t: t}
	images := filepath.Join(t.TempDir(), "images")
	f.image = split(t, images, "nginx", bytes.Repeat([]byte("rootfs"), 100_000), "web", "nginx:1.27", "library/nginx")
	f.server = started(t, images, "--trusted-proxy", "127.0.0.1", "--allow", "127.0.0.1", "--allow", "127.0.0.2")
	own, err := certificate.SelfSigned(t.TempDir(), []string{"hub.example.org", "localhost", "127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	f.cert = own.Cert
	for range 10 { // another program may take the port first
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		f.proxy = l.Addr().String()
		_ = l.Close()
		dir := t.TempDir()
		config := filepath.Join(dir, "config")
		if err := os.WriteFile(config, []byte(configure(f.proxy, strings.TrimPrefix(f.server.URL, "https://"), images, own)), 0o644); err != nil {
			t.Fatal(err)
		}
		if f.begins(command(dir, config)) {
			return f
		}
	}
	t.Fatalf("%s does not start", name)
	return nil
}

// begins starts a proxy and waits until it answers, or ends.
func (f *fronted) begins(cmd *exec.Cmd) bool {
	var said servertest.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		f.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	f.t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		select {
		case <-ended:
			f.t.Logf("the proxy ended:\n%s", said.String())
			return false
		case <-time.After(20 * time.Millisecond):
		}
		if r, err := f.get("127.0.0.2", "https://"+f.proxy+"/1.0"); err == nil && r.StatusCode == http.StatusOK {
			return true
		}
	}
	f.t.Logf("the proxy does not answer:\n%s", said.String())
	return false
}

// get asks from an address of loopback; more are headers.
func (f *fronted) get(from, url string, more ...string) (*http.Response, error) {
	client, err := servertest.Client(f.cert)
	if err != nil {
		return nil, err
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	transport := client.Transport.(*http.Transport)
	if strings.HasPrefix(url, f.server.URL) {
		transport = f.server.Client.Transport.(*http.Transport).Clone()
		client.Transport = transport
	}
	transport.DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).DialContext
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	for _, line := range more {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, err
}

// expect asks for a path with a mark of its own, and compares who imgserver takes the client for.
func (f *fronted) expect(from, base, path string, status int, client string, more ...string) string {
	f.t.Helper()
	mark := fmt.Sprintf("test-%d", time.Now().UnixNano())
	resp, err := f.get(from, base+path, append(more, "User-Agent: "+mark)...)
	if err != nil {
		f.t.Errorf("%s%s: %v", base, path, err)
		return ""
	}
	if resp.StatusCode != status {
		f.t.Errorf("%s%s is %s", base, path, resp.Status)
	}
	if id := resp.Header.Get("X-Request-Id"); len(id) != f.ids && base != f.server.URL || strings.Contains(id, "chosen") {
		f.t.Errorf("%s%s is called %q", base, path, id)
	}
	line := regexp.MustCompile(`client=(\S+) agent="?` + mark)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		if found := line.FindStringSubmatch(f.server.Log.String()); found != nil {
			if found[1] != client {
				f.t.Errorf("%s%s with %v: the client is %s, not %s", base, path, more, found[1], client)
			}
			break
		}
		if time.Now().After(deadline) {
			f.t.Fatalf("it is not in the log:\n%s", f.server.Log.String())
		}
	}
	body, _ := io.ReadAll(resp.Body)
	return string(body)
}

func (f *fronted) check(t *testing.T) {
	f.t = t
	proxy := "https://" + f.proxy
	f.expect("127.0.0.2", proxy, "/1.0", 200, "127.0.0.2", "X-Request-Id: chosen")
	f.expect("127.0.0.3", proxy, "/1.0", 403, "127.0.0.3") // --allow has not this one
	for _, header := range []string{"X-Forwarded-For: 127.0.0.2", "Forwarded: for=127.0.0.2", "X-Forwarded-For: 127.0.0.2, 127.0.0.1"} {
		f.expect("127.0.0.3", proxy, "/1.0", 403, "127.0.0.3", header)
		f.expect("127.0.0.3", f.server.URL, "/1.0", 403, "127.0.0.3", header, "X-Request-Id: chosen") // past the proxy
	}
	if got := f.expect("127.0.0.2", proxy, "/1.0/images/library%2Fnginx", 200, "127.0.0.2"); !strings.Contains(got, f.image.Fingerprint) {
		t.Errorf("the image is %s", got)
	}
	if got := f.expect("127.0.0.2", proxy, "/"+f.image.Path(f.image.Files[1]), 200, "127.0.0.2"); got != strings.Repeat("rootfs", 100_000) {
		t.Errorf("the file has %d bytes", len(got))
	}
	if got := f.expect("127.0.0.2", proxy, "/", 200, "127.0.0.2"); !strings.Contains(got, f.proxy) {
		t.Error("the page does not say where the proxy is")
	}
	for name, debian := range map[string]string{"lxc": "lxd-client", "incus": "incus-client"} {
		for _, protocol := range []string{"--public", "--protocol simplestreams"} {
			t.Run(name+" "+protocol, func(t *testing.T) {
				testenv.NeedsProgram(t, name, debian)
				c := realClient{t, name, t.TempDir()}
				certs := filepath.Join(c.home, ".config", name, "servercerts")
				c.run("sh", "-c", fmt.Sprintf("install -D -m 644 %s %s/hub.crt; echo y | %s remote add hub %s %s", f.cert, certs, name, proxy, protocol))
				c.finds(f.image, protocol == "--public")
			})
		}
	}
}

func TestBehindNginx(t *testing.T) {
	nginx := testenv.NeedsProgram(t, "nginx", "nginx-light")
	f := front(t, "nginx", func(address, hub, images string, own certificate.Files) string {
		server := strings.NewReplacer("listen 443 ssl", "listen "+address+" ssl", "127.0.0.1:8443", hub, "/srv/lxdimages-tls", images+"-tls",
			"/etc/letsencrypt/live/hub.example.org/fullchain.pem", own.Cert, "/etc/letsencrypt/live/hub.example.org/privkey.pem", own.Key).Replace(documented(t, "nginx"))
		folders := ""
		for _, f := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			folders += f + "_temp_path temp-" + f + ";\n"
		}
		return "daemon off; master_process off; pid pid; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + folders + server + "}\n"
	}, func(dir, config string) *exec.Cmd {
		return exec.Command(nginx, "-p", dir, "-c", config, "-e", "stderr")
	})
	f.ids = 32
	f.check(t)
	resp, err := f.get("127.0.0.2", "http://"+f.proxy+"/streams/v1/index.json?a=b")
	if err != nil || resp.StatusCode != http.StatusTemporaryRedirect || resp.Header.Get("Location") != "https://"+f.proxy+"/streams/v1/index.json?a=b" {
		t.Errorf("by plain HTTP: %+v, %v", resp, err)
	}
}

func TestBehindCaddy(t *testing.T) {
	caddy := testenv.NeedsProgram(t, "caddy", "caddy")
	f := front(t, "caddy", func(address, hub, images string, own certificate.Files) string {
		site := strings.NewReplacer("hub.example.org {", "https://"+address+" {\n\ttls "+own.Cert+" "+own.Key, "127.0.0.1:8443", hub, "/srv/lxdimages-tls", images+"-tls").Replace(documented(t, "caddyfile"))
		return "{\n\tadmin off\n\tauto_https off\n}\n" + site
	}, func(dir, config string) *exec.Cmd {
		cmd := exec.Command(caddy, "run", "--config", config, "--adapter", "caddyfile")
		cmd.Env = []string{"HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir}
		return cmd
	})
	f.ids = 36
	f.check(t)
}
