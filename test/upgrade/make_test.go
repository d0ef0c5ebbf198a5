package upgrade

import (
	"flag"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/test/hostile/bomb"
)

var commit = flag.String("make", "", "make the folder in testdata that the programs of this `COMMIT` leave behind")

// TestAFolderIsMade makes a folder, with -make COMMIT:
//
//	go test ./test/upgrade -run AFolderIsMade -make COMMIT
//
// The programs of the commit are built, and convert two images of specs, one of them twice, and
// one on demand, if they can. What they write is what is kept. It needs zstd(1), and has to be
// added to the list in upgrade_test.go. The private key in it is of no server.
func TestAFolderIsMade(t *testing.T) {
	if *commit == "" {
		return // there is nothing to be tested: this makes a file
	}
	folder := t.TempDir()
	then := checkedOut(t, *commit)
	r := bomb.NewRegistry()
	listener, err := net.Listen("tcp", registry)
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: listener, Config: &http.Server{Handler: r}}
	s.Start()
	t.Cleanup(s.Close)
	tiny := busybox(t, folder)
	for _, name := range []string{"app", "db", "tool"} {
		contents(r, name, 1)
		text := "image: " + registry + "/team/" + name + ":1\n"
		if name == "app" {
			text += "env:\n  GREETING: hello\n"
		}
		write(t, filepath.Join(folder, "specs", name+".yaml"), text)
	}
	if err := os.Remove(filepath.Join(folder, "specs", "tool.yaml")); err != nil {
		t.Fatal(err)
	}
	build := []string{"--specs", "specs", "--cache", "cache", "--lxdimages", "images", "--insecure-registry", registry, tiny}
	if help, _ := then.run(t, folder, "build", "--help"); strings.Contains(help, "lxdocker build") {
		build = append([]string{"build"}, build...)
	}
	then.must(t, folder, build...)
	contents(r, "app", 2)
	then.must(t, folder, build...)
	if help, _ := then.run(t, folder, "--help"); strings.Contains(help, "\n  pin ") {
		then.must(t, folder, "pin", "--lxdimages", "images", "db")
	}
	help, _ := then.imgserver(t, folder, "--help")
	if !strings.Contains(help, "--on-demand ") {
		if err := then.serve(t, folder).Stop(); err != nil { // makes a certificate
			t.Fatal(err)
		}
	} else {
		demanded(t, then, folder, tiny)
	}
	if strings.Contains(help, "--config ") {
		write(t, filepath.Join(folder, "config.yaml"), settings)
	}
	if err := os.Remove(filepath.Join(folder, "busybox")); err != nil {
		t.Fatal(err)
	}
	pack(t, folder, then)
}

// settings are those of a file, where programs read one.
const settings = `lxdimages: images
cache: cache
keep: 4
on-demand:
  - ` + registry + `/**
insecure-registry:
  - ` + registry + `
lxdocker:
  build:
    specs: specs
`

// checkedOut builds the programs of a commit.
func checkedOut(t *testing.T, commit string) programs {
	t.Helper()
	tree := t.TempDir()
	shell(t, "../..", "git archive '"+commit+"' | tar -x -C '"+tree+"'")
	p := programs{filepath.Join(scratch, "then")}
	if err := build(p.folder, tree); err != nil {
		t.Fatal(err)
	}
	return p
}

func shell(t *testing.T, folder, script string) string {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return strings.TrimSpace(string(out))
}

// demanded has a client ask for an image that no spec has.
func demanded(t *testing.T, then programs, folder, tiny string) {
	t.Helper()
	s := then.serve(t, folder, "--cache", "cache", "--on-demand", registry+"/**", "--insecure-registry", registry, tiny)
	q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/1.0/images/aliases/"+url.PathEscape(registry+"/team/tool:1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("User-Agent", "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)")
	a, err := s.Client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if text, err := io.ReadAll(a.Body); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("it answers %s %s (%v)\n%s", a.Status, text, err, s.Output())
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
}

// pack writes what is in a folder into testdata.
func pack(t *testing.T, folder string, then programs) {
	t.Helper()
	name := shell(t, ".", "git log -1 --format=%cd-%h --date=format:%Y-%m-%d --abbrev=7 '"+*commit+"'")
	file, err := filepath.Abs(filepath.Join("testdata", name+".tar.zst"))
	if err != nil {
		t.Fatal(err)
	}
	shell(t, folder, "tar --sort=name --owner=0 --group=0 --numeric-owner -cf - . | zstd -q -19 >'"+file+"'")
	t.Logf("made %s\n%s", file, shell(t, folder, "find . -type f -printf '%s %P\n' | sort -k2"))
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
