package registry

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"lxdocker/internal/oci/ocitest"
)

// write makes files below a fresh folder, which it returns.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, content := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func authOf(login string) string { return base64.StdEncoding.EncodeToString([]byte(login)) }

// helperProgram is a credential helper that knows one login, and says it only
// for its registry.
func helperProgram(host, user, password string) string {
	return fmt.Sprintf(`#!/bin/sh
read -r server
case "$1 $server" in
"get %s") echo '{"ServerURL":"%[1]s","Username":%q,"Secret":%q}';;
*) echo "credentials not found in native keychain"; exit 1;;
esac
`, host, user, password)
}

// TestLoginsOfTheUser runs this test binary again for each case: docker's own
// code looks for its folder once per process.
func TestLoginsOfTheUser(t *testing.T) {
	reg := newServer(t)
	reg.push(t, "team/x", "latest", ocitest.Recipe{}.Bake(t))
	reg.inject(basicAuth("user", "pa55w0rd"))
	good, bad := authOf("user:pa55w0rd"), authOf("user:other")
	host := reg.host()
	auths := func(key, auth string) string {
		return fmt.Sprintf(`{"auths":{%q:{"auth":%q}}}`, key, auth)
	}
	for name, c := range map[string]struct {
		files map[string]string
		env   []string // $HOME stands for the folder of the files
		says  string   // "" if it works
	}{
		"docker's config.json in HOME": {
			map[string]string{".docker/config.json": auths(host, good)}, nil, "",
		},
		"docker's config.json in DOCKER_CONFIG": {
			map[string]string{"d/config.json": auths(host, good)}, []string{"DOCKER_CONFIG=$HOME/d"}, "",
		},
		"a helper for the registry": {
			map[string]string{
				".docker/config.json":        fmt.Sprintf(`{"credHelpers":{%q:"test"}}`, host),
				"bin/docker-credential-test": helperProgram(host, "user", "pa55w0rd"),
			}, nil, "",
		},
		"a helper for everything": {
			map[string]string{
				".docker/config.json":        `{"credsStore":"test"}`,
				"bin/docker-credential-test": helperProgram(host, "user", "pa55w0rd"),
			}, nil, "",
		},
		"podman's auth.json of the user": {
			map[string]string{".config/containers/auth.json": auths(host, good)}, nil, "",
		},
		"podman's auth.json of the session": {
			map[string]string{"run/containers/auth.json": auths(host, good)}, []string{"XDG_RUNTIME_DIR=$HOME/run"}, "",
		},
		"podman's auth.json where it says": {
			map[string]string{"a.json": auths(host, good)}, []string{"REGISTRY_AUTH_FILE=$HOME/a.json"}, "",
		},
		"podman's login for a part of the registry": {
			map[string]string{".config/containers/auth.json": fmt.Sprintf(`{"auths":{%q:{"auth":%q},%q:{"auth":%q},%q:{"auth":%q}}}`,
				host, bad, host+"/team", good, host+"/other", bad)}, nil, "",
		},
		"podman's login beside a docker config for others": {
			map[string]string{
				".docker/config.json":          auths("ghcr.io", bad),
				".config/containers/auth.json": auths(host, good),
			}, nil, "",
		},
		"a broken auth.json beside a good config.json": {
			map[string]string{
				".docker/config.json":          auths(host, good),
				".config/containers/auth.json": "{",
			}, nil, "",
		},
		"none": {
			nil, nil, "401 Unauthorized",
		},
		"another registry's": {
			map[string]string{".docker/config.json": auths("ghcr.io", good)}, nil, "401 Unauthorized",
		},
		"a wrong one": {
			map[string]string{".docker/config.json": auths(host, bad)}, nil, "stored credentials were refused",
		},
		"a helper that is not installed": {
			map[string]string{".docker/config.json": `{"credsStore":"missing"}`}, nil, "docker-credential-missing",
		},
		"a helper that fails": {
			map[string]string{
				".docker/config.json":        `{"credsStore":"test"}`,
				"bin/docker-credential-test": "#!/bin/sh\necho '{\"Secret\":\"pa55w0rd\"}'; exit 1\n",
			}, nil, "credentials for " + host + " cannot be read",
		},
		"an auth.json that is no JSON": {
			map[string]string{".config/containers/auth.json": "pa55w0rd"}, nil, "auth.json",
		},
		"an auth.json with a malformed login": {
			map[string]string{".config/containers/auth.json": auths(host, "pa55w0rd")}, nil, "the login for " + host + " cannot be read",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := write(t, c.files)
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestResolveAsUser$", "-test.v")
			cmd.Env = []string{"HOME=" + home, "PATH=" + filepath.Join(home, "bin") + ":/usr/bin:/bin", "OCI_TEST_REFERENCE=" + host + "/team/x"}
			for _, e := range c.env {
				cmd.Env = append(cmd.Env, strings.ReplaceAll(e, "$HOME", home))
			}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if worked := bytes.Contains(out, []byte("RESOLVED")); worked != (c.says == "") {
				t.Errorf("resolved: %v\n%s", worked, out)
			}
			if !bytes.Contains(out, []byte(c.says)) {
				t.Errorf("does not say %q:\n%s", c.says, out)
			}
			for _, secret := range []string{"pa55w0rd", good, bad} {
				if bytes.Contains(out, []byte(secret)) {
					t.Errorf("a secret was printed:\n%s", out)
				}
			}
		})
	}
}

// TestResolveAsUser is the other half of TestLoginsOfTheUser; by itself it has
// nothing to do.
func TestResolveAsUser(t *testing.T) {
	ref := os.Getenv("OCI_TEST_REFERENCE")
	if ref == "" {
		return
	}
	c, err := NewClient(Options{CacheDir: t.TempDir(), Log: slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Resolve(t.Context(), ocitest.Parse(t, ref), ocitest.AMD64); err != nil {
		fmt.Println("ERROR", err)
		return
	}
	fmt.Println("RESOLVED")
}

func TestPodmanCallsDockerHubOtherwise(t *testing.T) {
	dir := write(t, map[string]string{"auth.json": fmt.Sprintf(
		`{"auths":{"docker.io":{"auth":%q},"docker.io/library/private":{"auth":%q}}}`, authOf("hub:1"), authOf("private:2"))})
	k := podmanKeychain{func(key string) string {
		return map[string]string{"REGISTRY_AUTH_FILE": filepath.Join(dir, "auth.json")}[key]
	}}
	for repo, user := range map[string]string{"nginx": "hub", "library/private": "private", "o/n": "hub", "ghcr.io/o/n": ""} {
		r, err := name.NewRepository(repo)
		if err != nil {
			t.Fatal(err)
		}
		auth, err := k.Resolve(r)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := auth.Authorization(); err != nil || got.Username != user {
			t.Errorf("%s: %+v %v", repo, got, err)
		}
	}
}

// hanging is a helper that waits for a person.
type hanging chan struct{}

func (h hanging) Resolve(authn.Resource) (authn.Authenticator, error) {
	<-h
	return authn.Anonymous, nil
}

func TestAHelperThatHangsCanBeCancelled(t *testing.T) {
	reg := newServer(t)
	h := make(hanging)
	defer close(h)
	c := newTestClient(t)
	c.keychains = []authn.Keychain{h}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Resolve(ctx, reg.ref(t, "x"), ocitest.AMD64); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestALoginIsFoundUnderAPortThatIsLeftOut: a reference is written without port 443,
// the login may have been stored with it.
func TestALoginIsFoundUnderAPortThatIsLeftOut(t *testing.T) {
	home := write(t, map[string]string{".config/containers/auth.json": fmt.Sprintf(`{"auths":{"reg.example:443":{"auth":%q}}}`, authOf("user:pa55w0rd"))})
	keychain := podmanKeychain{func(k string) string {
		if k == "HOME" {
			return home
		}
		return ""
	}}
	for host, want := range map[string]bool{"reg.example": true, "reg.example:5000": false, "other.example": false} {
		repo, err := name.NewRepository(host + "/team/x")
		if err != nil {
			t.Fatal(err)
		}
		auth, err := firstLogin(t.Context(), []authn.Keychain{keychain}, repo)
		if err != nil || (auth != authn.Anonymous) != want {
			t.Errorf("%s: %v, %v", host, auth, err)
		}
	}
}
