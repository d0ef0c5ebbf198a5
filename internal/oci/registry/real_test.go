package registry

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/signature"
	"lxdocker/internal/signature/signaturetest"
	"lxdocker/internal/testenv"
	"lxdocker/internal/trust"
)

// The login of the real registry, and its line in htpasswd format.
const (
	realUser     = "builder"
	realPassword = "s3cret-password"
	realHtpasswd = realUser + ":$2y$05$abcdefghijklmnopqrstuuUXKlvQTwfK/kphhjbeRlh5zvpJx1LLu\n"
)

// startRegistry starts Debian's docker-registry and returns its address.
func startRegistry(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	config := fmt.Sprintf(`version: 0.1
storage: {filesystem: {rootdirectory: %q}}
http: {addr: "127.0.0.1:0"}
auth: {htpasswd: {realm: test, path: %q}}
log: {level: info}
`, filepath.Join(dir, "data"), filepath.Join(dir, "htpasswd"))
	for name, content := range map[string]string{"config.yml": config, "htpasswd": realHtpasswd} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(testenv.NeedsProgram(t, "docker-registry", "docker-registry"), "serve", filepath.Join(dir, "config.yml"))
	cmd.Env = []string{"PATH=/usr/bin:/bin", "OTEL_TRACES_EXPORTER=none"}
	logs, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		kill.Stop()
		logs.Close()
	})
	listening := regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`)
	var said bytes.Buffer
	for lines := bufio.NewScanner(logs); lines.Scan(); {
		fmt.Fprintln(&said, lines.Text())
		if m := listening.FindSubmatch(lines.Bytes()); m != nil {
			go io.Copy(io.Discard, logs)
			return string(m[1])
		}
	}
	t.Fatalf("docker-registry did not start:\n%s", &said)
	return ""
}

func TestARealRegistry(t *testing.T) {
	testenv.NeedsProgram(t, "skopeo", "skopeo")
	host := startRegistry(t)
	files, image, manifest := ocitest.TwoPlatforms(t)
	dir := files.Write(t)
	ocitest.Run(t, "skopeo", "--insecure-policy", "copy", "--all", "--dest-tls-verify=false", "--dest-creds", realUser+":"+realPassword,
		"oci:"+dir+":1.0", "docker://"+host+"/team/x:1.0")

	var asked []string
	counting := roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		return http.DefaultTransport.RoundTrip(r)
	})
	cache := t.TempDir()
	client := func(transport http.RoundTripper) *testClient {
		c := newTestClient(t, func(o *testOptions) { o.Transport, o.CacheDir = transport, cache })
		c.keychains = append(c.keychains, login{Username: realUser, Password: realPassword})
		return c
	}

	t.Run("without a login", func(t *testing.T) {
		_, err := newTestClient(t).Resolve(t.Context(), ocitest.Parse(t, host+"/team/x:1.0"), ocitest.AMD64)
		ocitest.MustSay(t, err, "401 Unauthorized", "authentication required", "docker login "+host)
	})
	t.Run("over a network that breaks", func(t *testing.T) {
		breaking := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return &flaky{conn, 1_300_000}, err
		}}
		img, err := client(breaking).Resolve(t.Context(), ocitest.Parse(t, host+"/team/x:1.0"), ocitest.AMD64)
		if err != nil {
			t.Fatal(err)
		}
		if img.Digest != manifest.Digest {
			t.Errorf("%s, want %s", img.Digest, manifest.Digest)
		}
		for i, l := range img.Layers {
			if got, err := ocitest.Read(t, img, l); err != nil || !bytes.Equal(got, image.Layers[i]) {
				t.Errorf("layer %d: %d bytes, %v", i, len(got), err)
			}
		}
	})
	t.Run("when nothing changed", func(t *testing.T) {
		if _, err := client(nil).Resolve(t.Context(), ocitest.Parse(t, host+"/team/x:1.0"), ocitest.AMD64); err != nil {
			t.Fatal(err)
		}
		asked = nil
		if _, err := client(counting).Resolve(t.Context(), ocitest.Parse(t, host+"/team/x:1.0"), ocitest.AMD64); err != nil {
			t.Fatal(err)
		}
		if want := []string{"GET /v2/", "HEAD /v2/team/x/manifests/1.0"}; !slices.Equal(asked, want) {
			t.Errorf("%q", asked)
		}
	})
	t.Run("a tag that is not there", func(t *testing.T) {
		_, err := client(nil).Resolve(t.Context(), ocitest.Parse(t, host+"/team/x:lates"), ocitest.AMD64)
		ocitest.MustSay(t, err, "404 Not Found", "manifest unknown", "spelling")
	})
	t.Run("a name that is not there", func(t *testing.T) {
		_, err := client(nil).Resolve(t.Context(), ocitest.Parse(t, host+"/team/y:1.0"), ocitest.AMD64)
		ocitest.MustSay(t, err, "404 Not Found", host)
	})
	t.Run("a platform that is not there", func(t *testing.T) {
		_, err := client(nil).Resolve(t.Context(), ocitest.Parse(t, host+"/team/x:1.0"), oci.Platform{Architecture: "arm", Variant: "v7"})
		ocitest.MustSay(t, err, "no image for linux/arm/v7, only for linux/amd64, linux/arm64")
	})
	t.Run("signatures beside it", func(t *testing.T) {
		img, err := client(nil).Resolve(t.Context(), ocitest.Parse(t, host+"/team/x:1.0"), ocitest.AMD64)
		if err != nil {
			t.Fatal(err)
		}
		to := signaturetest.Pushed{Base: "http://" + host + "/v2/team/x", Login: func(r *http.Request) { r.SetBasicAuth(realUser, realPassword) }}
		older, newer, nobody := signaturetest.New(t), signaturetest.New(t), signaturetest.New(t)
		payload, sig := older.Simple(t, img.Chain[0], nil)
		signaturetest.Tag(t, to, img.Chain[0], signaturetest.One{Payload: payload, Sig: sig})
		signaturetest.Fallback(t, to, img.Digest, signaturetest.Referrer(t, to, img.Digest, newer.Bundle(t, img.Digest, nil)))
		for signer, ok := range map[*signaturetest.Signer]bool{older: true, newer: true, nobody: false} {
			keys, err := signature.ParseKeys([]byte(signer.PEM), "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = trust.Check(t.Context(), img.Blobs, img.Chain, signature.Rule{Keys: keys})
			if (err == nil) != ok {
				t.Errorf("trusted %v: %v", ok, err)
			}
		}
	})
}
