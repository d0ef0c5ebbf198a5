package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/image"
	"lxdocker/internal/testenv"
)

// TestRealClients does what imgserver prints with the real command line clients
// of LXD and Incus, which need no daemon to list and download.
func TestRealClients(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "images")
	rootfs := bytes.Repeat([]byte("rootfs"), 100_000)
	v := split(t, dir, "nginx", rootfs, "web", "nginx:1.27", "library/nginx")
	s := started(t, dir)
	for _, name := range []string{"lxc", "incus"} {
		for _, protocol := range []string{"--public", "--protocol simplestreams"} {
			t.Run(name+" "+protocol, func(t *testing.T) {
				testenv.NeedsProgram(t, name, map[string]string{"lxc": "lxd-client", "incus": "incus-client"}[name])
				c := realClient{t, name, t.TempDir()}
				c.add(s.Ready, protocol)
				c.finds(v, protocol == "--public")
			})
		}
	}
}

// add does what imgserver says for a protocol: what is printed for LXD goes for
// Incus as well, with the other name.
func (c realClient) add(said, protocol string) {
	c.t.Helper()
	for line := range strings.SplitSeq(said, "\n") {
		copies := strings.Contains(line, "/servercerts/") && !strings.Contains(protocol, "public")
		if line = strings.TrimSpace(line); copies || strings.HasPrefix(line, "lxc remote add") && strings.HasSuffix(line, protocol) {
			line = strings.ReplaceAll(strings.ReplaceAll(line, "/lxc/", "/"+c.name+"/"), "lxc remote", c.name+" remote")
			c.run("sh", "-c", "echo y | "+line) // it may ask about the certificate
		}
	}
}

// finds lists and downloads the one image that there is.
func (c realClient) finds(v image.Version, public bool) {
	t, name := c.t, c.name
	t.Helper()
	if got := c.run(name, "image", "list", "hub:", "--format", "csv", "--columns", "Fda"); !strings.HasPrefix(got, v.Fingerprint+",nginx 1.27 ") || !strings.HasSuffix(got, ",x86_64\n") {
		t.Errorf("the list is %s", got)
	}
	for _, alias := range []string{"nginx", "web", "nginx:1.27", "library/nginx", "nginx/amd64", v.Fingerprint[:12]} {
		if got := c.run(name, "image", "info", "hub:"+alias); !strings.Contains(got, "Fingerprint: "+v.Fingerprint+"\n") {
			t.Errorf("%s is %s", alias, got)
		}
	}
	web, files := "hub:web", []string{"lxd.tar.xz", "rootfs.squashfs"}
	if public {
		web = "hub:" + v.Fingerprint[:12] // clients compare what they export with what they asked for
		files = []string{"meta-" + v.Fingerprint + ".tar.xz", v.Fingerprint + ".squashfs"}
	}
	if public { // an error has more beside its text, which these clients show alone
		const says = `there is no image "nothing" here, and this server does not make images on demand`
		if got := c.run("sh", "-c", name+" image info hub:nothing 2>&1 || true"); !strings.Contains(got, says) || strings.Contains(got, "request") {
			t.Errorf("an image that is not there is %s", got)
		}
	}
	c.run(name, "image", "export", web, c.home)
	if got := c.fingerprint(files...); got != v.Fingerprint {
		t.Errorf("what was exported has fingerprint %s", got)
	}
}

// realClient runs programs with a home of their own.
type realClient struct {
	t    *testing.T
	name string
	home string
}

func (c realClient) run(program string, args ...string) string {
	c.t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = c.home
	cmd.Env = []string{"HOME=" + c.home, "PATH=" + os.Getenv("PATH")}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("%s %s: %v\n%s%s", program, args, err, out, &stderr)
	}
	return string(out)
}

func (c realClient) fingerprint(files ...string) string {
	c.t.Helper()
	h := sha256.New()
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(c.home, f))
		if err != nil {
			c.t.Fatal(err)
		}
		h.Write(data)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
