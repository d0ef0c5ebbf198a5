package upgrade

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"lxdocker/internal/command"
)

// newest is the folder of the version before this one.
func newest(t *testing.T) left {
	t.Helper()
	return unpacked(t, older[len(older)-1].name)
}

// replaced has a file say something else.
func replaced(t *testing.T, file string, old, fresh string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s has no %q: %.300q", file, old, text)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte(old), []byte(fresh), 1), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAFolderOfANewerFormatIsRefused(t *testing.T) {
	now := prepared(t)
	l := newest(t)
	tiny := busybox(t, l.folder)
	write(t, l.path("images", ".format"), `{"format":2,"by":"9.8.7"}`+"\n")
	before := l.tree()
	images, settings := []string{"--lxdimages", "images"}, []string{"--config", "config.yaml"}
	demand := []string{"--cache", "cache", "--on-demand", registry + "/**", "--address", "127.0.0.1:0", tiny}
	for name, args := range map[string][]string{
		"build":             append([]string{"lxdocker", "build", "--specs", "specs", "--cache", "cache", tiny}, images...),
		"build by settings": append([]string{"lxdocker", "build", tiny}, settings...),
		"list":              append([]string{"lxdocker", "list"}, images...),
		"list by settings":  append([]string{"lxdocker", "list"}, settings...),
		"status":            append([]string{"lxdocker", "status"}, images...),
		"verify":            append([]string{"lxdocker", "verify"}, images...),
		"repair":            append([]string{"lxdocker", "verify", "--repair"}, images...),
		"prune":             append([]string{"lxdocker", "prune"}, images...),
		"pin":               append([]string{"lxdocker", "pin", "app"}, images...),
		"unpin":             append([]string{"lxdocker", "unpin", "db"}, images...),
		"rollback":          append([]string{"lxdocker", "rollback", "app", "1"}, images...),
		"refresh":           append([]string{"lxdocker", "refresh", "--cache", "cache", tiny}, images...),
		"serve":             append([]string{"imgserver", "--address", "127.0.0.1:0"}, images...),
		"serve on demand":   append(append([]string{"imgserver"}, demand...), images...),
		"serve by settings": append([]string{"imgserver", "--address", "127.0.0.1:0", tiny}, settings...),
	} {
		t.Run(name, func(t *testing.T) {
			run, want := now.run, command.ExitFailed
			if args[0] == "imgserver" {
				run, want = now.imgserver, command.ExitNeedsPerson // which systemd does not start again
			}
			said, code := run(t, l.folder, args[1:]...)
			if code != want {
				t.Errorf("the exit code is %d", code)
			}
			for _, want := range []string{"the folder " + l.path("images") + " has format 2", "formats up to 1", "nothing was changed", `install lxdocker "9.8.7" or a later one`} {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q:\n%s", want, said)
				}
			}
			if diff := cmp.Diff(before, l.tree()); diff != "" {
				t.Errorf("the disk has changed, -before +after:\n%s", diff)
			}
		})
	}
}

// A server that runs does not write to a folder, either, once a newer program has brought it
// into another format.
func TestANewerProgramMayComeWhileAServerRuns(t *testing.T) {
	now := prepared(t)
	l := newest(t)
	tiny := busybox(t, l.folder)
	r, mirror := mirrored(t)
	contents(r, "tool", 1)
	contents(r, "new", 1)
	s := now.serve(t, l.folder, "--cache", "cache", "--on-demand", registry+"/**", "--insecure-registry", registry, mirror, tiny)
	write(t, l.path("images", ".format"), `{"format":2}`)
	status, body := get(t, s, "/1.0/images/aliases/"+url.PathEscape(registry+"/team/new:1"))
	if status != http.StatusInternalServerError {
		t.Errorf("the answer is %d: %s", status, body)
	}
	if target(t, s, "app") == "" {
		t.Errorf("what is there is not served:\n%s", s.Output())
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.Log.String(), "has format 2") { // all of it is there now
		t.Errorf("the log does not say why:\n%s", s.Output())
	}
}

// Single files of newer formats hinder nobody: docs/upgrading.md says what becomes of each.
func TestFilesOfNewerFormats(t *testing.T) {
	now := prepared(t)
	build := func(t *testing.T, l left, flags ...string) string {
		t.Helper()
		args := []string{"build", "--quiet=false", "--specs", "specs", "--cache", "cache", "--lxdimages", "images", "--insecure-registry", registry, busybox(t, l.folder)}
		return now.must(t, l.folder, append(args, flags...)...)
	}
	t.Run("a version", func(t *testing.T) {
		l := newest(t)
		r, mirror := mirrored(t)
		contents(r, "app", 2)
		contents(r, "db", 1)
		versions := l.match("images/images/app/amd64/*/version.json")
		last := l.path(versions[len(versions)-1])
		replaced(t, last, `"format": 1`, `"format": 2`)
		said := now.must(t, l.folder, "list", "--lxdimages", "images")
		if want := filepath.Dir(versions[len(versions)-1]); !strings.Contains(said, strings.TrimPrefix(want, "images/")) || !strings.Contains(said, "format 2, this program knows 1") {
			t.Errorf("the list does not say that %s is skipped:\n%s", want, said)
		}
		build(t, l, mirror)
		replaced(t, last, `"format": 2`, `"format": 1`) // a newer program knows it
		now.must(t, l.folder, "verify", "--lxdimages", "images")
		s := now.serve(t, l.folder)
		if versions := downloaded(t, s); versions["app:amd64"]+versions["app"] == 0 && len(versions) != 3 {
			t.Errorf("listed are %v", versions)
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Run("the ledger", func(t *testing.T) {
		l := newest(t)
		write(t, l.path("images", ".ledger"), `00000000 {"ledger":99}`+"\n")
		now.must(t, l.folder, "verify", "--lxdimages", "images")
		now.must(t, l.folder, "unpin", "--lxdimages", "images", "db")
		if text, err := os.ReadFile(l.path("images", ".ledger")); err != nil || !regexp.MustCompile(`^[0-9a-f]{8} {"ledger":\d+}\n`).Match(text) || bytes.Contains(text, []byte(":99}")) {
			t.Errorf("the ledger was not made anew: %.200s (%v)", text, err)
		}
	})
	t.Run("the record of runs", func(t *testing.T) {
		l := newest(t)
		r, mirror := mirrored(t)
		contents(r, "app", 2)
		contents(r, "db", 1)
		replaced(t, l.path("images", ".runs"), `"format": 1`, `"format": 9, "weather": "sun"`)
		build(t, l, mirror)
		for _, stays := range []string{`"format": 9`, `"weather": "sun"`} {
			if text, err := os.ReadFile(l.path("images", ".runs")); err != nil || !bytes.Contains(text, []byte(stays)) {
				t.Errorf("%s does not stay: %s (%v)", stays, text, err)
			}
		}
	})
	t.Run("packs", func(t *testing.T) {
		l := newest(t)
		for _, index := range l.match("cache/layers/*/index") {
			replaced(t, l.path(index), "lxdocker pack\x00\x00\x02", "lxdocker pack\x00\x00\x7f")
		}
		r, mirror := mirrored(t)
		contents(r, "app", 3)
		contents(r, "db", 1)
		if said := build(t, l, mirror); !strings.Contains(said, "1 built") {
			t.Errorf("it says:\n%s", said)
		}
		now.must(t, l.folder, "verify", "--lxdimages", "images")
	})
	t.Run("the journal of requests", func(t *testing.T) {
		l := newest(t)
		write(t, l.path("cache", "asked.json"), `{"format":2}`)
		s := now.serve(t, l.folder, "--cache", "cache", "--on-demand", registry+"/**", busybox(t, l.folder))
		if target(t, s, registry+"/team/tool:1") == "" {
			t.Errorf("the image on demand has gone:\n%s", s.Output())
		}
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if text, err := os.ReadFile(l.path("cache", "asked.json.damaged")); err != nil || string(text) != `{"format":2}` {
			t.Errorf("set aside is %s (%v)", text, err)
		}
	})
}
