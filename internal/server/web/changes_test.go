package web_test

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/contents"
	"lxdocker/internal/image"
	"lxdocker/internal/server/web"
)

// comparing are pages of a server that knows what its versions run, and in what they differ.
func comparing(runs map[string]*image.Runs, compare func() (contents.Changes, error)) *web.Pages {
	return web.New(web.Options{
		Now: func() time.Time { return now },
		Describe: func(_ context.Context, id image.ID) (image.Version, error) {
			return image.Version{Runs: runs[id.Serial]}, nil
		},
		Compare: func(context.Context, image.Version, image.Version) (contents.Changes, error) { return compare() },
	})
}

func TestWhatChangedBetweenTwoVersions(t *testing.T) {
	old, fresh := version("a", "amd64", 5, 10_000), version("a", "amd64", 1, 20_000)
	old.Layers, fresh.Layers = []string{"sha256:1", "sha256:2"}, []string{"sha256:1", "sha256:3", "sha256:" + strings.Repeat("4", 64)}
	runs := map[string]*image.Runs{
		old.Serial:   {Entrypoint: []string{"/old"}, Ports: []string{"80/tcp", "81/tcp"}, User: "web", Environment: []string{"PATH"}},
		fresh.Serial: {Entrypoint: []string{"/new", "a b"}, Ports: []string{"80/tcp", "82/tcp"}, Environment: []string{"PATH", "TOKEN"}, Labels: map[string]string{"revision": "r2"}},
	}
	p := comparing(runs, func() (contents.Changes, error) {
		return contents.Changes{
			Packages: contents.PackageChanges{
				Known: true, Changed: []contents.PackageChange{{Package: contents.Package{Name: "openssl", Architecture: "amd64", Version: "3.1"}, Was: "3.0"}},
				Added: []contents.PackageChange{{Package: contents.Package{Name: "curl", Version: "8"}}}, More: [3]int{0, 0, 1234},
			},
			Files: contents.FileChanges{
				Added:   contents.Names{Files: 3, Bytes: 3000, Listed: []contents.Name{{Path: "opt/x", Kind: contents.Dir, Files: 3, Size: 3000}}},
				Changed: contents.Names{Files: 1, Bytes: 5, Listed: []contents.Name{{Path: "etc/a", Kind: contents.File, Kinds: [2]contents.Kind{'f', 'f'}, Was: 4, Size: 5, Contents: true, Mode: [2]uint32{0o644, 0o4755}, Owner: [2][2]uint32{{0, 0}, {1, 2}}}, {Path: "etc/b", Kind: contents.File, Kinds: [2]contents.Kind{'f', 'f'}, Was: 1401, Size: 1402, Contents: true}}},
			},
			Layers: contents.ByLayer{
				Known: true, More: 1,
				After: []contents.Layer{
					{Number: 0, Changed: contents.Count{Files: 1, Bytes: 5}},
					{Number: 1, Changed: contents.Count{Files: 2, Bytes: 7}},
					{Number: 3, Added: contents.Count{Files: 1234, Bytes: 3000}, Largest: []contents.Large{{Path: "opt/x/<y>", Size: 2900}}},
				},
				Before: []contents.Layer{{Number: 2, Removed: contents.Count{Files: 1, Bytes: 9}}, {Number: 9, Removed: contents.Count{Files: 1}}},
			},
		}, nil
	})
	d, err := p.Changes(t.Context(), of(old, fresh), "hub", "a", url.Values{})
	got := text(t, d, err)
	for _, want := range []string{
		"<td>Entrypoint</td><td><code>/old</code></td><td><code>/new &#39;a b&#39;</code></td>",
		"<td>Ports</td><td><code>81/tcp</code></td><td><code>82/tcp</code></td>", "<td>User</td><td><code>web</code></td><td><code>root</code></td>",
		`<td>Environment</td><td><span class="soft">none</span></td><td><code>TOKEN</code></td>`, "<td>Revision</td>",
		"<dt>Layers</dt><dd>3, 1 unchanged</dd>", "10.0 kB → 20.0 kB",
		"<code>openssl</code> <span class=\"soft\">amd64</span></td><td><code>3.0</code></td><td><code>3.1</code>", "1,234 more changed.",
		"1 changed (5 B), 3 added (3.0 kB), 0 removed (0 B).", "<code>opt/x/</code> <span class=\"soft\">3 files, 3.0 kB</span>",
		"4 B → 5 B, mode 0644 → 4755, owner 0:0 → 1:2", `etc/b</code> <span class="soft">1.4 kB of other content</span>`,
		"<td>Of lxdocker and the spec</td><td>1 changed (5 B)</td><td></td>", "<td>Layer 1 of 3 <code>1</code></td><td>2 changed (7 B)</td>",
		`<td>Layer 3 of 3 <code>444444444444</code> <span class="tag current">new</span></td><td>1,234 added (3.0 kB)</td><td data-label="Largest"><ul class="names"><li><code>opt/x/&lt;y&gt;</code> <span class="soft">2.9 kB</span>`,
		`<td>Layer 2 of 2 <code>2</code> <span class="tag bad">gone</span></td><td>1 removed (9 B)</td>`, "<td>Of another layer</td><td>1 removed (0 B)</td>", "1 more layer has fewer files",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if strings.Contains(got, "Volumes") || strings.Contains(got, "Command") {
		t.Errorf("what is the same is shown in\n%s", got)
	}
}

func TestTheVersionsToBeComparedAreChosen(t *testing.T) {
	a, b, c := version("a", "amd64", 5, 10), version("a", "amd64", 3, 20), version("a", "amd64", 1, 30)
	catalog := of(a, b, c, version("a", "arm64", 2, 40), version("a", "arm64", 4, 50), version("single", "amd64", 1, 10))
	p := comparing(nil, func() (contents.Changes, error) { return contents.Changes{}, fs.ErrNotExist })
	const unnoted = "made by an older lxdocker. Versions that are made from now on"
	for query, want := range map[string]string{
		"":                                     "<dd>20 B → 30 B</dd>",
		"arch=arm64":                           "<dd>50 B → 40 B</dd>",
		"from=" + a.Serial + "&to=" + b.Serial: "<dd>10 B → 20 B</dd>",
		"from=" + c.Serial + "&to=" + a.Serial + "&arch=amd64&other=one": "<dd>30 B → 10 B</dd>",
		"from=" + a.Serial + "&to=" + a.Serial:                           "These are the same version.",
		"from=20000101_000000":                                           "",
		"arch=riscv64":                                                   "",
		"arch=arm64&from=" + a.Serial:                                    "",
		"from=%00":                                                       "",
	} {
		form, _ := url.ParseQuery(query)
		d, err := p.Changes(t.Context(), catalog, "hub", "a", form)
		if want == "" {
			if d != nil || err != nil {
				t.Errorf("%q is there: %v", query, err)
			}
			continue
		}
		got := text(t, d, err)
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q:\n%s", query, want, got)
		}
		if same := strings.Contains(want, "same version"); strings.Contains(got, unnoted) == same {
			t.Errorf("%q says what was noted:\n%s", query, got)
		}
	}
	d, err := p.Changes(t.Context(), catalog, "hub", "single", nil)
	if got := text(t, d, err); !strings.Contains(got, "These are the same version.") {
		t.Errorf("one version is compared:\n%s", got)
	}
	if d, err := p.Changes(t.Context(), catalog, "hub", "none", nil); d != nil || err != nil {
		t.Error("there is a page of no image", err)
	}
}

func TestANoteThatCannotBeReadHidesNothingElse(t *testing.T) {
	catalog := of(version("a", "amd64", 5, 10), version("a", "amd64", 3, 20))
	p := comparing(nil, func() (contents.Changes, error) { return contents.Changes{}, errors.New("damaged") })
	d, err := p.Changes(t.Context(), catalog, "hub", "a", nil)
	if got := text(t, d, err); !strings.Contains(got, "cannot be read") || !strings.Contains(got, "10 B → 20 B") {
		t.Errorf("it says\n%s", got)
	}
	p = comparing(nil, func() (contents.Changes, error) { return contents.Changes{}, web.ErrBusy })
	if _, err := p.Changes(t.Context(), catalog, "hub", "a", nil); !errors.Is(err, web.ErrBusy) {
		t.Errorf("a busy server says %v", err)
	}
}

func TestWhatStrangersWroteIsShownSafely(t *testing.T) {
	const hostile = "<img/src=x>\x1b[2J\x00\u202e'\""
	old, fresh := version("a", "amd64", 5, 10_000), version("a", "amd64", 1, 20_000)
	all := &image.Runs{Entrypoint: []string{hostile}, Cmd: []string{hostile}, User: hostile, WorkDir: hostile, StopSignal: hostile, Ports: []string{hostile}, Volumes: []string{hostile}, Environment: []string{hostile}, Health: []string{hostile}, Labels: map[string]string{}}
	for _, name := range image.LabelNames() {
		all.Labels[name] = hostile
	}
	all.Labels["source"], all.Labels["url"], all.Labels["documentation"] = "javascript:alert(1)", "http://example.org/a?b=c", "https://user:secret@example.org/"
	name := contents.Name{Path: hostile, Kind: 'x', Kinds: [2]contents.Kind{'x', 'f'}, Contents: true}
	p := comparing(map[string]*image.Runs{old.Serial: {}, fresh.Serial: all}, func() (contents.Changes, error) {
		one := []contents.PackageChange{{Package: contents.Package{Manager: hostile, Name: hostile, Architecture: hostile, Version: hostile}, Was: hostile}}
		names := contents.Names{Listed: []contents.Name{name}, Files: 1}
		return contents.Changes{Packages: contents.PackageChanges{Known: true, Added: one, Removed: one, Changed: one}, Files: contents.FileChanges{Added: names, Removed: names, Changed: names}}, nil
	})
	d, err := p.Changes(t.Context(), of(old, fresh), "hub", "a", nil)
	changes := text(t, d, err)
	if !strings.Contains(changes, "Of which layers they are was not noted") {
		t.Errorf("of which layers files are is not known, and it says\n%s", changes)
	}
	d, err = p.Image(t.Context(), of(old, fresh), "hub", "192.0.2.7", "a")
	page := text(t, d, err)
	for _, bad := range []string{"<img/", "\x1b", "\x00", "\u202e", `href="javascript`, `href="https://user`} {
		if strings.Contains(changes, bad) || strings.Contains(page, bad) {
			t.Errorf("%q is in\n%s\n%s", bad, changes, page)
		}
	}
	if want := `<dt>Home page</dt><dd><a href="http://example.org/a?b=c" rel="noopener noreferrer nofollow">http://example.org/a?b=c</a></dd>`; !strings.Contains(page, want) {
		t.Errorf("%s is missing in\n%s", want, page)
	}
}
