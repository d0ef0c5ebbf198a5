//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/test/testbed"
)

// convert converts one reference into a folder of its own and returns that.
func convert(t *testing.T, reference string, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "out")
	o := program(t, "lxdocker", append([]string{"convert", reference, "-o", dir}, args...)...)
	if o.code != 0 {
		t.Fatalf("converting %s ended with %d\n%v", reference, o.code, o)
	}
	whole := sha256.New()
	for _, name := range []string{"lxd.tar.xz", "rootfs.squashfs"} {
		whole.Write(read(t, filepath.Join(dir, name)))
	}
	if sum := hex.EncodeToString(whole.Sum(nil)); !strings.Contains(o.stdout, sum) {
		t.Errorf("converting %s prints\n%s\nbut the files have the fingerprint %s", reference, o.stdout, sum)
	}
	return dir
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestSources: wherever skopeo has put an image, and in whatever form, it is the
// same image. An image pushed alone, as buildah pushes it, stands in an OCI
// folder's index without a platform.
func TestSources(t *testing.T) {
	t.Parallel()
	dir, from := t.TempDir(), "docker://"+imageRef("goserver")
	want := read(t, filepath.Join(convert(t, imageRef("goserver")), "rootfs.squashfs"))
	for _, source := range []struct {
		name      string
		reference string // what lxdocker is told
		to        string // what skopeo is told
		options   []string
	}{
		{"an OCI folder", "oci:" + dir + "/oci", "oci:" + dir + "/oci", nil},
		{"an OCI folder with a tag", "oci:" + dir + "/tagged:v1", "oci:" + dir + "/tagged:v1", nil},
		{"an OCI archive", "oci-archive:" + dir + "/oci.tar", "oci-archive:" + dir + "/oci.tar", nil},
		{"a Docker archive", "docker-archive:" + dir + "/docker.tar", "docker-archive:" + dir + "/docker.tar:goserver:v1", nil},
		{"a Docker archive with a tag", "docker-archive:" + dir + "/named.tar:goserver:v1", "docker-archive:" + dir + "/named.tar:goserver:v1", nil},
		{"Docker's own media types", bed.Registry + "/e2e/docker", "docker://" + bed.Registry + "/e2e/docker", []string{"--format", "v2s2"}},
		{"zstd layers", "oci:" + dir + "/zstd", "oci:" + dir + "/zstd", []string{"--dest-compress-format", "zstd", "--dest-compress"}},
		{"layers that are not compressed", "oci:" + dir + "/plain", "oci:" + dir + "/plain", []string{"--dest-decompress"}},
	} {
		t.Run(source.name, func(t *testing.T) {
			push(t, from, source.to, source.options...)
			got := read(t, filepath.Join(convert(t, source.reference), "rootfs.squashfs"))
			if !bytes.Equal(got, want) {
				t.Errorf("%s gives another root file system than the registry", source.reference)
			}
		})
	}
}

// TestIndexWithoutPlatform: buildah puts an image into an index, and the registry
// is told no platform for it; beside it stands a build tool's attestation.
func TestIndexWithoutPlatform(t *testing.T) {
	t.Parallel()
	r := newRegistry(t)
	image := r.image(t, "app", "alone", r.layer(t, file("hello", "hello")))
	attestation := r.image(t, "app", "attestation", r.layer(t, file("statement", "{}")))
	attestation.Platform = &platform{"unknown", "unknown"}
	r.put(t, "app", "latest", indexType, index{2, indexType, []descriptor{attestation, image}})
	convert(t, r.host+"/app", "--cache", t.TempDir())
}

// TestManifestListByBuildah: a real index, made by the real tool.
func TestManifestListByBuildah(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	buildah := func(args ...string) {
		shell(t, "buildah", append([]string{"--root", dir + "/graph", "--runroot", dir + "/state", "--storage-driver", "vfs"}, args...)...)
	}
	reference := bed.Registry + "/e2e/list:latest"
	buildah("manifest", "create", "list")
	buildah("manifest", "add", "--tls-verify=false", "list", "docker://"+imageRef("goserver"))
	buildah("manifest", "push", "--all", "--tls-verify=false", "list", "docker://"+reference)
	want := read(t, filepath.Join(convert(t, imageRef("goserver")), "rootfs.squashfs"))
	if got := read(t, filepath.Join(convert(t, reference), "rootfs.squashfs")); !bytes.Equal(got, want) {
		t.Error("the index gives another root file system than the image alone")
	}
}

// TestLockedRegistry: credentials come from where docker and podman keep them.
func TestLockedRegistry(t *testing.T) {
	reference := bed.Locked + "/private/goserver"
	push(t, "docker://"+imageRef("goserver"), "docker://"+reference, "--dest-creds", testbed.User+":"+testbed.Password)
	s := newSite(t)
	s.write(t, "private", "image: "+reference+"\n")
	s.from(t, "goserver")

	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	s.lxdocker(t).mustSay(t, someFailed, reference, "401|unauthorized|authentication required", "login")
	mustOffer(t, s, nil, "goserver")

	// The one names a folder, the other a file.
	for variable, file := range map[string]string{"DOCKER_CONFIG": "", "REGISTRY_AUTH_FILE": "config.json"} {
		t.Run(variable, func(t *testing.T) {
			for password, works := range map[string]bool{"sesame": true, "wrong": false} {
				dir := t.TempDir()
				// As `docker login` and `podman login` write it.
				login, err := json.Marshal(map[string]any{"auths": map[string]any{bed.Locked: map[string][]byte{"auth": []byte(testbed.User + ":" + password)}}})
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, "config.json"), login, 0o600); err != nil {
					t.Fatal(err)
				}
				t.Setenv(variable, filepath.Join(dir, file))
				s.forgetCache(t)
				o := s.lxdocker(t)
				if works != (o.code == 0) {
					t.Errorf("with the password %q it ended with %d\n%v", password, o.code, o)
				}
				if strings.Contains(o.stdout+o.stderr, "sesame") {
					t.Errorf("the password is shown\n%v", o)
				}
			}
		})
	}
}
