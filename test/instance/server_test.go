//go:build e2e

package instance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/instance"
	"lxdocker/test/testbed"
)

// hub is an imgserver that converts images of the testbed on demand.
func hub(t *testing.T) *testbed.Server {
	t.Helper()
	folder := t.TempDir()
	server, err := testbed.Serve(filepath.Join(programs, "imgserver"), unused(t), "--lxdimages", filepath.Join(folder, "images"), "--cache", filepath.Join(folder, "cache"),
		"--mirror", "docker.io="+bed.Registry, "--on-demand", "library/*", "--every", "1s", "--per-client", "0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("imgserver said:\n%s", server.Output())
		}
	})
	return server
}

// meant is the image that the hub has for a name now, as it tells a daemon.
func meant(t *testing.T, server *testbed.Server, name string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/1.0/images/aliases/"+url.PathEscape(name), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("User-Agent", "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)")
	response, err := server.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Error    string
		Metadata struct{ Target string }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Metadata.Target == "" {
		t.Fatalf("the hub says of %s: %s, %v", name, answer.Error, err)
	}
	return answer.Metadata.Target
}

// moves makes a tag mean another image, and waits until the hub knows.
func moves(t *testing.T, server *testbed.Server, tag, name string) {
	t.Helper()
	before := meant(t, server, tag)
	publishes(t, tag, name)
	for deadline := time.Now().Add(2 * time.Minute); meant(t, server, tag) == before; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the hub does not see that %s has moved", tag)
		}
	}
}

// withServer is a user whose client knows the hub by both protocols.
func withServer(t *testing.T, d testbed.Daemon, server *testbed.Server) (user, testbed.Daemon) {
	t.Helper()
	home := t.TempDir()
	d = d.WithConfig(home)
	if err := d.AddPublic(t.Context(), "hub", server.URL); err != nil {
		t.Fatal(err)
	}
	if err := d.AddRemote(t.Context(), "streams", server.URL, server.Certificate); err != nil {
		t.Fatal(err)
	}
	return user{t, d, []string{family(d) + "_DIR=" + d.Dir, family(d) + "_CONF=" + home, "HOME=" + home}}, d
}

// launches makes an instance by the daemon's own client, with a volume where its image has one.
func launches(t *testing.T, u user, d testbed.Daemon, image, name string) {
	t.Helper()
	u.gone(name, name+"-new", name+"-old", name+"-failed")
	cleared(t, d, "delete --force "+name, "storage volume delete default "+name)
	for _, line := range []string{
		"init " + image + " " + name,
		"storage volume create default " + name,
		"config device add " + name + " data disk pool=default source=" + name + " path=/data",
		"start " + name,
	} {
		typed(t, d, line)
	}
}

func TestAnInstanceFollowsAServer(t *testing.T) {
	t.Parallel()
	server := hub(t)
	// base is the digest of the OCI image that an instance was made from.
	base := func(u user, name string) string {
		return u.instance(connect(u.t, u.d), name).Config["image.lxdocker.digest"]
	}
	// renewed is an error unless an instance gets a newer image.
	renewed := func(t *testing.T, u user, name string) {
		t.Helper()
		before := base(u, name)
		if out := u.does("update", "--steady", "1s", name); !strings.Contains(out, name+": updated") || base(u, name) == before {
			t.Errorf("%s has the image %s: %s", name, base(u, name), out)
		}
		if out := u.does("update", "--steady", "1s", name); !strings.Contains(out, name+": unchanged") {
			t.Errorf("without a newer image it prints %s", out)
		}
	}
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, d := withServer(t, d, server)
		for name, makes := range map[string]func(t *testing.T, u user, name, tag string){
			"followed": func(t *testing.T, u user, name, tag string) { // by lxdocker run
				u.gone(name, name+"-new", name+"-old", name+"-failed")
				u.does("run", "-d", "--name", name, "hub:"+tag)
				moves(t, server, tag, "health")
				renewed(t, u, name)
			},
			"launched": func(t *testing.T, u user, name, tag string) { // the daemon was told a fingerprint
				launches(t, u, d, "hub:"+tag, name)
				if _, complaints, code := at(t, d).types("update", name); code != 1 || !strings.Contains(complaints, "say --from") {
					t.Errorf("nobody knows where it comes from: exit code %d, %s", code, complaints)
				}
				u.does("update", name) // unchanged, but known from now on
				if got := u.instance(connect(t, d), name).Config[instance.KeyReference]; got != "hub:"+tag {
					t.Errorf("its reference is %q", got)
				}
				moves(t, server, tag, "health")
				renewed(t, u, name)
			},
			"copied": func(t *testing.T, u user, name, tag string) { // the daemon follows the name
				typed(t, d, "image copy hub:"+tag+" local: --alias "+name+" --auto-update")
				launches(t, u, d, name, name)
				moves(t, server, tag, "health")
				// As the daemon does by itself: afterwards it has only the newer image.
				typed(t, d, "image refresh "+name)
				renewed(t, u, name)
			},
			"streamed": func(t *testing.T, u user, name, tag string) { // nothing says what it is
				meant(t, server, tag)
				launches(t, u, d, "streams:"+tag, name)
				if _, complaints, code := u.types("update", name); code != 1 || !strings.Contains(complaints, instance.KeyReference) {
					t.Errorf("nobody knows what it is: exit code %d, %s", code, complaints)
				}
				typed(t, d, "config set "+name+" "+instance.KeyReference+"=streams:"+tag)
				before := u.instance(connect(t, d), name).Config["volatile.base_image"]
				moves(t, server, tag, "health")
				if err := d.ForgetCatalogs(); err != nil {
					t.Fatal(err)
				}
				u.does("update", "--steady", "1s", name)
				if after := u.instance(connect(t, d), name).Config["volatile.base_image"]; after == before {
					t.Errorf("it has the image %s still", after)
				}
			},
			"other": func(t *testing.T, u user, name, tag string) { // from a registry, to a server
				u.gone(name, name+"-new", name+"-old", name+"-failed")
				u.does("run", "-d", "--name", name, image(tag))
				u.does("update", "--steady", "1s", "--from", "hub:"+tag, name)
				moves(t, server, tag, "health")
				renewed(t, u, name)
			},
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				tag := tagFor(d, name)
				publishes(t, tag, "goserver")
				makes(t, user{t, u.d, u.env}, name, tag)
			})
		}
	})
}
