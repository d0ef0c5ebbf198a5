package upgrade

import (
	"bytes"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// older are the folders in testdata, oldest first, and what their programs knew. The last one
// is of the version before this one.
var older = []struct {
	name     string
	images   int  // convert.FormatVersion
	demand   bool // the image team/tool was asked for
	pins     bool // db is pinned
	settings bool // there is a file of settings
}{
	{name: "2026-11-23-8b70073", images: 1},
	{name: "2026-11-26-a835d8c", images: 3, demand: true, pins: true},                 // the first hub
	{name: "2026-11-29-91f0436", images: 4, demand: true, pins: true},                 // a ledger of format 1
	{name: "2026-11-30-7a24bcc", images: 8, demand: true, pins: true, settings: true}, // a ledger of format 2, a record of runs
}

// formatVersion is that of the images that today's programs make.
func formatVersion(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("../../internal/convert/key.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^const FormatVersion = (\d+)$`).FindSubmatch(text)
	if found == nil {
		t.Fatal("key.go does not say the format version")
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// prepared gives today's programs.
func prepared(t *testing.T) programs {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("the folders were made on amd64, and have images for that alone")
	}
	now, err := today()
	if err != nil {
		t.Fatal(err)
	}
	return now
}

func TestEveryFolderIsTried(t *testing.T) {
	var names []string
	for _, o := range older {
		names = append(names, o.name+".tar.zst")
	}
	files, err := os.ReadDir("testdata")
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, f := range files {
		there = append(there, f.Name())
	}
	if diff := cmp.Diff(there, names); diff != "" {
		t.Errorf("-in testdata +tried:\n%s", diff)
	}
}

func TestWhatOlderProgramsLeftIsReadServedAndUpdated(t *testing.T) {
	now := prepared(t)
	for _, o := range older {
		t.Run(o.name, func(t *testing.T) {
			l := unpacked(t, o.name)
			tiny := busybox(t, l.folder)
			before := l.match("images/images/*/*/*/version.json")

			// read
			want := []string{"app", "db"}
			if o.demand {
				want = append(want, "team/tool")
			}
			list := now.must(t, l.folder, "list", "--lxdimages", "images")
			for _, name := range want {
				if !strings.Contains(list, name) {
					t.Errorf("%s is not in the list:\n%s", name, list)
				}
			}
			now.must(t, l.folder, "verify", "--lxdimages", "images")
			if o.settings {
				now.must(t, l.folder, "list", "--config", "config.yaml")
				if said, code := now.imgserver(t, l.folder, "check-config", "--config", "config.yaml"); code != 0 {
					t.Errorf("its settings: %d, %s", code, said)
				}
			}

			// served, while the registry does not answer
			demand := []string{"--cache", "cache", "--on-demand", registry + "/**", "--on-demand-days", "36500", tiny}
			serves(t, now, l, want, demand)
			if got := l.match("images/images/*/*/*/version.json"); !slices.Equal(got, before) {
				t.Errorf("serving left %v of %v", got, before)
			}

			// updated
			r, mirror := mirrored(t)
			contents(r, "app", 2)
			contents(r, "db", 1)
			contents(r, "tool", 1)
			builds := func() string {
				t.Helper()
				return now.must(t, l.folder, "build", "--quiet=false", "--specs", "specs", "--cache", "cache", "--lxdimages", "images", "--keep", "9", "--insecure-registry", registry, mirror, tiny)
			}
			said := builds()
			if same := strings.Contains(said, "0 built"); same != (o.images == formatVersion(t)) {
				t.Errorf("the first build of what was made in format %d says:\n%s", o.images, said)
			}
			if said := builds(); !strings.Contains(said, "0 built") {
				t.Errorf("the second build says:\n%s", said)
			}
			contents(r, "app", 3)
			contents(r, "db", 2)
			contents(r, "tool", 2)
			moved := "2 built"
			if o.pins {
				moved = "1 built"
			}
			if said := builds(); !strings.Contains(said, moved) {
				t.Errorf("after tags have moved, a build does not say %q:\n%s", moved, said)
			}
			now.must(t, l.folder, "verify", "--lxdimages", "images")
			updates(t, now, l, append(demand, mirror, "--insecure-registry", registry), o.demand)
		})
	}
}

// serves has all that is there served, under the certificate that clients know.
func serves(t *testing.T, now programs, l left, names, flags []string) {
	t.Helper()
	known := l.tree()
	s := now.serve(t, l.folder, flags...)
	if !bytes.Equal(s.Certificate, l.certificate()) {
		t.Error("it has another certificate")
	}
	versions := downloaded(t, s)
	if len(versions) != len(names) {
		t.Errorf("it lists %v, not %v", slices.Sorted(maps.Keys(versions)), names)
	}
	for _, name := range names {
		if strings.HasPrefix(name, "team/") {
			name = registry + "/" + name + ":1"
		}
		if target(t, s, name) == "" {
			t.Errorf("%s means nothing\n%s", name, s.Output())
		}
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	for _, file := range []string{"images-tls/imgserver.crt", "images-tls/imgserver.key"} {
		if was, is := known[l.path(file)], l.tree()[l.path(file)]; was != is {
			t.Errorf("%s was %s, is %s", file, was, is)
		}
	}
	if asked, err := os.ReadFile(l.path("cache", "asked.json")); slices.Contains(names, "team/tool") && (err != nil || !bytes.Contains(asked, []byte("/team/tool:1"))) {
		t.Errorf("the journal of requests is %s (%v)", asked, err)
	}
}

// updates has a server notice that the tag of an image on demand has moved.
func updates(t *testing.T, now programs, l left, flags []string, demand bool) {
	t.Helper()
	s := now.serve(t, l.folder, flags...)
	downloaded(t, s)
	name := registry + "/team/tool:1"
	before := l.match("images/images/*_team_tool_*/*/*/version.json")
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if target(t, s, name) != "" && len(l.match("images/images/*_team_tool_*/*/*/version.json")) > len(before) {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("there is no new version\n%s", s.Output())
		}
	}
	if demand && len(before) == 0 {
		t.Error("the image on demand had gone")
	}
	downloaded(t, s)
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	now.must(t, l.folder, "verify", "--lxdimages", "images")
}
