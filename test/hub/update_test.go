//go:build e2e

package hub

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/test/testbed"
)

// TestUpdatingAContainer types the lines of the README and of docs/updating.md: a
// container gets what its tag means now, although the daemon has an older image under
// this name, and its volume and settings stay.
func TestUpdatingAContainer(t *testing.T) {
	t.Parallel()
	readme := blocks(t, "README.md", "### Updating a container")
	back := blocks(t, "docs/updating.md", "## What stays")
	if len(readme) != 3 || len(back) != 1 {
		t.Fatalf("there are %d blocks of lines in the README and %d in docs/updating.md", len(readme), len(back))
	}
	create, rebuild, beside := readme[0], readme[1], readme[2]
	s := newSite(t, bed.Registry, "--every", "1s")
	each(t, func(t *testing.T, d testbed.Daemon) {
		name := "e2e/updating-" + strings.ToLower(strings.ReplaceAll(d.Name, " ", "")) + ":17"
		edition(t, name, "1")
		d = s.client(t, d)
		typed := func(lines string) {
			t.Helper()
			if _, err := d.Type(t.Context(), strings.ReplaceAll(lines, "hub:postgres:17", "hub:"+name)); err != nil {
				t.Fatal(err)
			}
		}
		// As a program does that tells the daemon a name.
		if _, err := d.Run(t.Context(), "image", "copy", "hub:"+name, "local:", "--auto-update"); err != nil {
			t.Fatal(err)
		}
		db := &testbed.Instance{Daemon: d, Name: "db"}
		t.Cleanup(func() {
			for _, args := range [][]string{{"delete", "--force", "db"}, {"delete", "--force", "db-old"}, {"storage", "volume", "delete", "default", "db-data"}} {
				_, _ = d.Run(context.Background(), args...)
			}
		})
		typed(create)
		has(t, db, "/srv/edition", "1\n")
		if _, err := db.Exec(t.Context(), "/busybox-lxd", "sh", "-c", "echo kept >/var/lib/postgresql/data/file"); err != nil {
			t.Fatal(err)
		}

		s.follows(t, name, "2")
		if d.Name == "LXD" { // 5.0.2 has no rebuild
			typed(beside)
		} else {
			typed(rebuild)
		}
		kept(t, db, "2\n")

		s.follows(t, name, "3")
		typed(strings.ReplaceAll(beside, "lxc delete db-old\n", ""))
		kept(t, db, "3\n")
		typed(back[0])
		kept(t, db, "2\n")
	})
}

// kept says what is wrong with an updated container.
func kept(t *testing.T, db *testbed.Instance, edition string) {
	t.Helper()
	has(t, db, "/srv/edition", edition)
	has(t, db, "/var/lib/postgresql/data/file", "kept\n")
	got, err := db.Run(t.Context(), "config", "get", "db", "environment.POSTGRES_PASSWORD")
	if err != nil || got != "secret\n" {
		t.Errorf("its setting is %q, %v", got, err)
	}
}

// has waits until a file has a content: clients lose the output of a program now and then.
func has(t *testing.T, i *testbed.Instance, file, want string) {
	t.Helper()
	until(t, time.Minute, file+" has "+want, func() bool {
		got, err := i.Exec(t.Context(), "/busybox-lxd", "cat", file)
		return err == nil && got == want
	})
}

// TestWhichImageIsTaken is the table of docs/updating.md, after a tag has moved.
func TestWhichImageIsTaken(t *testing.T) {
	t.Parallel()
	s := newSite(t, bed.Registry, "--every", "1s")
	each(t, func(t *testing.T, d testbed.Daemon) {
		streams := d.WithConfig(t.TempDir())
		if err := streams.AddRemote(t.Context(), "hub", s.URL, s.Certificate); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Run(t.Context(), "project", "create", "asking", "-c", "features.profiles=false", "-c", "images.auto_update_cached=false"); err != nil {
			t.Fatal(err)
		}
		ways := map[string]way{
			"simplestreams": {take: func(t *testing.T, name, instance string) {
				mustRun(t, streams, "init", "hub:"+name, instance)
			}},
			"program": {take: func(t *testing.T, name, instance string) {
				mustRun(t, d, "query", "--wait", "-X", "POST", "/1.0/instances", "-d", s.request(t, d, name, instance))
			}},
			"daemon-asks": {asks: true, project: []string{"--project", "asking"}, take: func(t *testing.T, name, instance string) {
				mustRun(t, d, "query", "--wait", "-X", "POST", "/1.0/instances?project=asking", "-d", s.request(t, d, name, instance))
			}},
		}
		for kind, w := range ways {
			name := "e2e/" + kind + "-" + strings.ToLower(strings.ReplaceAll(d.Name, " ", ""))
			edition(t, name, "1")
			old := s.alias(t, name)
			if got := w.takes(t, d, name, kind+"-1"); got != old {
				t.Errorf("%s: %s is taken, and not %s", kind, got, old)
			}
			s.follows(t, name, "2")
			if err := d.ForgetCatalogs(); err != nil {
				t.Fatal(err)
			}
			want := old
			if w.asks {
				want = s.alias(t, name)
			}
			if got := w.takes(t, d, name, kind+"-2"); got != want {
				t.Errorf("%s: after the tag has moved, %s is taken, and not %s", kind, got, want)
			}
			if w.asks {
				continue
			}
			mustRun(t, d, "image", "refresh", old)
			if got, want := w.takes(t, d, name, kind+"-3"), s.alias(t, name); got != want {
				t.Errorf("%s: after a refresh, %s is taken, and not %s", kind, got, want)
			}
		}
	})
}

// way is how somebody makes a container of an image.
type way struct {
	asks    bool // the daemon asks the server
	project []string
	take    func(t *testing.T, name, instance string)
}

// takes makes a container, and returns the image that the daemon took.
func (w way) takes(t *testing.T, d testbed.Daemon, name, instance string) string {
	t.Helper()
	w.take(t, name, instance)
	t.Cleanup(func() { _, _ = d.Run(context.Background(), append([]string{"delete", instance}, w.project...)...) })
	return strings.TrimSpace(mustRun(t, d, append([]string{"config", "get", instance, "volatile.base_image"}, w.project...)...))
}

func mustRun(t *testing.T, d testbed.Daemon, args ...string) string {
	t.Helper()
	out, err := d.Run(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// request is what programs send to a daemon that want a container of an image of the
// site.
func (s *site) request(t *testing.T, d testbed.Daemon, name, instance string) string {
	t.Helper()
	protocol := "incus"
	if d.Name == "LXD" {
		protocol = "lxd"
	}
	body, err := json.Marshal(map[string]any{"name": instance, "source": map[string]string{
		"type": "image", "mode": "pull", "server": s.URL, "protocol": protocol, "alias": name,
		"certificate": string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate})),
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// edition lets a tag mean a small image with the edition in a file.
func edition(t *testing.T, name, n string) {
	t.Helper()
	extend(t, "goserver", name, map[string][]byte{"srv/edition": []byte(n + "\n")})
}

// follows lets a tag mean another edition, and waits until the server has it.
func (s *site) follows(t *testing.T, name, n string) {
	t.Helper()
	before := s.alias(t, name)
	edition(t, name, n)
	until(t, time.Minute, "the server has the new image", func() bool { return s.alias(t, name) != before })
}

// blocks returns the indented lines of a section of a page.
func blocks(t *testing.T, page, heading string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q", page, heading)
	}
	section, _, _ = strings.Cut(section, "\n#")
	var all []string
	for paragraph := range strings.SplitSeq(section, "\n\n") {
		if lines, ok := strings.CutPrefix(paragraph, "    "); ok {
			all = append(all, strings.ReplaceAll(lines, "\n    ", "\n")+"\n")
		}
	}
	return all
}
