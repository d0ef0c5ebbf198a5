package oci

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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	craneLayout "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	crane "github.com/google/go-containerregistry/pkg/v1/tarball"

	"lxdocker/internal/mediatype"
	"lxdocker/internal/testenv"
)

func run(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), testenv.NeedsProgram(t, program, program), args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
}

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
auth: {htpasswd: {realm: lab, path: %q}}
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

// realImage writes an OCI layout with an index of two platforms, tagged 1.0.
func realImage(t *testing.T) (dir string, image baked, manifest descriptor) {
	t.Helper()
	f := tree{}
	image = recipe{layers: [][]byte{tarOf(t, "etc/a", noise(2<<20, 1)), tarOf(t, "etc/b", noise(70_000, 2))}}.bake(t)
	manifest = f.add(image)
	arm := f.add(recipe{platform: Platform{"arm64", "v8"}}.bake(t))
	index := f.blob(indexOf(t, entry(arm, Platform{"arm64", "v8"}, nil), entry(manifest, amd64, nil)))
	index.MediaType = mediatype.OCIIndex
	return f.layout(t, named(index, refName, "1.0")).write(t), image, manifest
}

func TestARealRegistry(t *testing.T) {
	testenv.NeedsProgram(t, "skopeo", "skopeo")
	host := startRegistry(t)
	dir, image, manifest := realImage(t)
	run(t, "skopeo", "--insecure-policy", "copy", "--all", "--dest-tls-verify=false", "--dest-creds", realUser+":"+realPassword,
		"oci:"+dir+":1.0", "docker://"+host+"/team/x:1.0")

	var asked []string
	counting := roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.Method+" "+r.URL.Path)
		return http.DefaultTransport.RoundTrip(r)
	})
	cache := t.TempDir()
	client := func(transport http.RoundTripper) *testClient {
		c := newTestClient(t, func(o *Options) { o.Transport, o.CacheDir = transport, cache })
		c.keychains = append(c.keychains, login{Username: realUser, Password: realPassword})
		return c
	}

	t.Run("first without a login", func(t *testing.T) {
		_, err := newTestClient(t).Resolve(t.Context(), mustParse(t, host+"/team/x:1.0"), amd64)
		mustContain(t, err, "401 Unauthorized", "authentication required", "docker login "+host)
	})
	t.Run("then with one, over a network that breaks", func(t *testing.T) {
		breaking := &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return &flaky{conn, 1_300_000}, err
		}}
		img, err := client(breaking).Resolve(t.Context(), mustParse(t, host+"/team/x:1.0"), amd64)
		if err != nil {
			t.Fatal(err)
		}
		if img.Digest != manifest.Digest {
			t.Errorf("%s, want %s", img.Digest, manifest.Digest)
		}
		for i, l := range img.Layers {
			if got, err := readLayer(t, img, l); err != nil || !bytes.Equal(got, image.layers[i]) {
				t.Errorf("layer %d: %d bytes, %v", i, len(got), err)
			}
		}
	})
	t.Run("again, when nothing changed", func(t *testing.T) {
		asked = nil
		if _, err := client(counting).Resolve(t.Context(), mustParse(t, host+"/team/x:1.0"), amd64); err != nil {
			t.Fatal(err)
		}
		if want := []string{"GET /v2/", "HEAD /v2/team/x/manifests/1.0"}; !slices.Equal(asked, want) {
			t.Errorf("%q", asked)
		}
	})
	t.Run("a tag that is not there", func(t *testing.T) {
		_, err := client(nil).Resolve(t.Context(), mustParse(t, host+"/team/x:lates"), amd64)
		mustContain(t, err, "404 Not Found", "manifest unknown", "spelling")
	})
	t.Run("a name that is not there", func(t *testing.T) {
		_, err := client(nil).Resolve(t.Context(), mustParse(t, host+"/team/y:1.0"), amd64)
		mustContain(t, err, "404 Not Found", host)
	})
	t.Run("a platform that is not there", func(t *testing.T) {
		_, err := client(nil).Resolve(t.Context(), mustParse(t, host+"/team/x:1.0"), Platform{"arm", "v7"})
		mustContain(t, err, "no image for linux/arm/v7, only for linux/amd64, linux/arm64")
	})
}

func TestArchivesOfSkopeo(t *testing.T) {
	dir, image, manifest := realImage(t)
	to := t.TempDir()
	layout := "oci:" + dir + ":1.0"
	for _, c := range []struct {
		name, to string
		refs     []string // that must find it in there
		digest   string   // "" if it is not the manifest's
	}{
		{"oci", "oci:" + to + "/layout:2.0", []string{"oci:" + to + "/layout", "oci:" + to + "/layout:2.0"}, manifest.Digest},
		{"oci-archive", "oci-archive:" + to + "/oci.tar:2.0", []string{"oci-archive:" + to + "/oci.tar", "oci-archive:" + to + "/oci.tar:2.0"}, manifest.Digest},
		{"oci-archive without a name", "oci-archive:" + to + "/bare.tar", []string{"oci-archive:" + to + "/bare.tar"}, manifest.Digest},
		{"docker-archive", "docker-archive:" + to + "/docker.tar:team/x:2.0",
			[]string{"docker-archive:" + to + "/docker.tar", "docker-archive:" + to + "/docker.tar:team/x:2.0", "docker-archive:" + to + "/docker.tar:2.0"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			run(t, "skopeo", "--insecure-policy", "--override-arch", "amd64", "--override-os", "linux", "copy", layout, c.to)
			for _, ref := range c.refs {
				img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, ref), amd64)
				if err != nil {
					t.Error(err)
					continue
				}
				if c.digest != "" && img.Digest != c.digest {
					t.Errorf("%s: digest %s, want %s", ref, img.Digest, c.digest)
				}
				if len(img.Layers) != 2 || img.Config.Cmd[0] != "/hello" {
					t.Fatalf("%s: %+v", ref, img)
				}
				for i, l := range img.Layers {
					got, err := readLayer(t, img, l)
					if err != nil || digestOf(got) != l.Digest || int64(len(got)) != l.Size || l.DiffID != image.diffIDs[i] {
						t.Errorf("%s: layer %d: %d bytes of %+v, %v", ref, i, len(got), l, err)
					}
				}
				img.Close()
			}
		})
	}
}

// TestZstdLayersOfSkopeo: recompressed on the way into a layout.
func TestZstdLayersOfSkopeo(t *testing.T) {
	dir, image, _ := realImage(t)
	to := filepath.Join(t.TempDir(), "zstd")
	run(t, "skopeo", "--insecure-policy", "--override-arch", "amd64", "copy", "--dest-compress-format", "zstd", "--dest-compress",
		"dir:"+skopeoDir(t, dir), "oci:"+to)
	img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, "oci:"+to), amd64)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range img.Layers {
		if l.DiffID != image.diffIDs[i] || l.MediaType != mediatype.TarZstd {
			t.Errorf("%+v", l)
		}
		if got, err := readLayer(t, img, l); err != nil || mediatype.Sniff(got) != mediatype.Zstd {
			t.Errorf("layer %d: %d bytes, %v", i, len(got), err)
		}
	}
}

// TestFilesOfCrane: ggcr's own writers, which compress layers in a
// docker-archive, and write a layout without names.
func TestFilesOfCrane(t *testing.T) {
	made, err := random.Image(5000, 3)
	if err != nil {
		t.Fatal(err)
	}
	file, err := made.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture = "linux", "amd64"
	made, err = mutate.ConfigFile(made, file)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p, err := craneLayout.Write(dir+"/layout", empty.Index)
	if err == nil {
		err = p.AppendImage(made)
	}
	if err != nil {
		t.Fatal(err)
	}
	tag, _ := name.NewTag("ghcr.io/o/n:1")
	if err := crane.WriteToFile(dir+"/a.tar", tag, made); err != nil {
		t.Fatal(err)
	}
	for _, ref := range []string{"oci:" + dir + "/layout", "docker-archive:" + dir + "/a.tar", "docker-archive:" + dir + "/a.tar:ghcr.io/o/n:1"} {
		img, err := newTestClient(t).Resolve(t.Context(), mustParse(t, ref), amd64)
		if err != nil {
			t.Error(err)
			continue
		}
		layers, _ := made.Layers()
		for i, l := range layers {
			digest, _ := l.Digest()
			diffID, _ := l.DiffID()
			if img.Layers[i].Digest != digest.String() || img.Layers[i].DiffID != diffID.String() {
				t.Errorf("%s: layer %d: %+v", ref, i, img.Layers[i])
			}
			if got, err := readLayer(t, img, img.Layers[i]); err != nil || digestOf(got) != digest.String() {
				t.Errorf("%s: layer %d: %v", ref, i, err)
			}
		}
	}
}

// skopeoDir unpacks the layers, so that skopeo compresses them anew.
func skopeoDir(t *testing.T, layout string) string {
	to := filepath.Join(t.TempDir(), "dir")
	run(t, "skopeo", "--insecure-policy", "--override-arch", "amd64", "copy", "--dest-decompress", "oci:"+layout+":1.0", "dir:"+to)
	return to
}
