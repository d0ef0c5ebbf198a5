package web_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/document"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/server/web"
)

var now = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func pages() *web.Pages { return web.New(web.Options{Now: func() time.Time { return now }}) }

// version is one that was published some days ago.
func version(name, arch string, days int, size int64) image.Version {
	at := now.AddDate(0, 0, -days)
	return image.Version{
		Name: name, Architecture: arch, Serial: at.Format(image.SerialLayout), Created: at, Fingerprint: fmt.Sprintf("%064x", days),
		Source: "docker.io/library/" + name + ":latest", SourceDigest: "sha256:" + strings.Repeat("5", 64),
		Files: []image.File{{Kind: image.Metadata, Name: "lxd.tar.xz", Size: 1000}, {Kind: image.Squashfs, Name: "rootfs.squashfs", Size: size - 1000}},
	}
}

func demand(name, alias string, days int, size int64) image.Version {
	v := version(name, "amd64", days, size)
	v.Hub, v.Aliases = true, []string{alias, "docker.io/library/" + alias}
	return v
}

func of(versions ...image.Version) *catalog.Catalog { return catalog.New(image.PackAll(versions)) }

func text(t testing.TB, d *document.Document, err error) string {
	t.Helper()
	if err != nil || d == nil {
		t.Fatal(d, err)
	}
	all, err := io.ReadAll(d.Plain())
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func list(t testing.TB, p *web.Pages, c *catalog.Catalog, query string) string {
	t.Helper()
	form, _ := url.ParseQuery(query)
	d, err := p.List(c, "hub.example", "192.0.2.7", form)
	return text(t, d, err)
}

var names = regexp.MustCompile(`<a class="name" href="/image/([^"]*)">`)

// shown lists the images of a page in their order.
func shown(page string) string {
	var all []string
	for _, m := range names.FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	return strings.Join(all, " ")
}

func TestTheListIsSearchedFilteredAndSorted(t *testing.T) {
	b := version("b", "arm64", 1, 30_000)
	b.Aliases, b.Description = []string{"Web"}, "A server of pages"
	pinnedAt := now
	c := version("c", "amd64", 9, 20_000)
	c.Pinned = &pinnedAt
	all := of(version("a", "amd64", 5, 10_000), version("a", "arm64", 5, 11_000), b, c, demand("docker.io_library_redis_7_01", "redis:7", 3, 40_000))
	for query, want := range map[string]string{
		"":                               "a b c docker.io_library_redis_7_01",
		"sort=new":                       "b docker.io_library_redis_7_01 a c",
		"sort=old":                       "c a docker.io_library_redis_7_01 b",
		"sort=large":                     "docker.io_library_redis_7_01 b c a",
		"sort=small":                     "a c b docker.io_library_redis_7_01",
		"sort=none":                      "a b c docker.io_library_redis_7_01",
		"arch=arm64":                     "a b",
		"arch=riscv64":                   "",
		"origin=spec":                    "a b c",
		"origin=demand":                  "docker.io_library_redis_7_01",
		"origin=pinned":                  "c",
		"origin=spec&arch=amd64":         "a c",
		"q=WEB":                          "b",
		"q=pages+server":                 "b",
		"q=redis:7":                      "docker.io_library_redis_7_01",
		"q=library/c":                    "c",
		"q=nothing":                      "",
		"q=%ff":                          "a b c docker.io_library_redis_7_01",
		"page=99":                        "a b c docker.io_library_redis_7_01",
		"page=-1":                        "a b c docker.io_library_redis_7_01",
		"q=" + strings.Repeat("x", 5000): "",
	} {
		if got := shown(list(t, pages(), all, query)); got != want {
			t.Errorf("%.50s shows %q, not %q", query, got, want)
		}
	}
}

func TestTheListHasPages(t *testing.T) {
	var versions []image.Version
	for i := range 120 {
		versions = append(versions, version(fmt.Sprintf("image-%03d", i), "amd64", i, 5000))
	}
	p, c := pages(), of(versions...)
	var seen []string
	for _, page := range []string{"", "page=2", "page=3"} {
		seen = append(seen, strings.Fields(shown(list(t, p, c, page)))...)
	}
	if len(seen) != 120 || !slices.IsSorted(seen) {
		t.Errorf("the pages show %d images: %v", len(seen), seen)
	}
	second := list(t, p, c, "page=2&q=image")
	for _, want := range []string{`rel="prev" href="/?q=image"`, `rel="next" href="/?page=3&amp;q=image"`, `aria-current="page" aria-label="Page 2"`} {
		if !strings.Contains(second, want) {
			t.Errorf("the second page has no %s:\n%s", want, second)
		}
	}
	if len(second) > 100<<10 {
		t.Errorf("it has %d bytes", len(second))
	}
}

func TestAListOfTheNextCatalogIsThatOfANewServer(t *testing.T) {
	p := pages()
	c := of(version("a", "amd64", 5, 10_000), version("b", "amd64", 5, 10_000), version("d", "amd64", 4, 10_000))
	list(t, p, c, "sort=new")
	for _, change := range []map[image.Product][]image.Version{
		{{Name: "c", Architecture: "amd64"}: {version("c", "amd64", 1, 10)}},
		{{Name: "a", Architecture: "amd64"}: nil},
		{{Name: "b", Architecture: "arm64"}: {version("b", "arm64", 2, 10)}},
		{{Name: "b", Architecture: "amd64"}: nil, {Name: "d", Architecture: "amd64"}: {version("d", "amd64", 0, 99)}},
	} {
		packed := map[image.Product]image.Packed{}
		for product, versions := range change {
			packed[product] = image.Pack(versions)
		}
		c = c.With(packed)
		for _, query := range []string{"", "sort=new", "arch=arm64"} {
			if got, want := list(t, p, c, query), list(t, pages(), c, query); got != want {
				t.Errorf("after %v, %q shows\n%s\nand not\n%s", change, query, got, want)
			}
		}
	}
}

// hostile is what an author of an image, a spec or a registry may write.
const hostile = `"><script>alert(1)</script>` + "\x1b[31m\u202e'`$(id)\x00{{.}}"

func TestHostileTextsAreShownAsTexts(t *testing.T) {
	v := version("evil", "amd64", 1, 5000)
	v.Description, v.Source, v.SourceDigest, v.Release = hostile, hostile, hostile, hostile
	v.Aliases = []string{`'><img/src=x>;$(id)`}
	v.Layers = []string{hostile}
	v.Properties = map[string]string{
		hostile: hostile, "lxdocker.idmap_size": hostile, "good": "https://example.org/a?b=c", "script": "javascript:alert(1)", "plain": "http://example.org/",
		"user": "https://me:secret@example.org/", "odd": "https://example.org/\u202e", "none": "https:///",
	}
	h := demand("hub_evil", `<b>;$(id)`, 2, 5000)
	h.Source = hostile
	c, p := of(v, h), web.New(web.Options{OnDemand: true, Patterns: []string{hostile}, Fingerprint: func() string { return hostile }})
	all := []string{list(t, p, c, "q="+url.QueryEscape(hostile)), list(t, p, c, "")}
	for _, name := range []string{"evil", "hub_evil"} {
		d, err := p.Image(t.Context(), c, `h"><script>`, "192.0.2.7", name)
		all = append(all, text(t, d, err))
	}
	feed, err := p.Feed(c, `h"><script>`)
	all = append(all, text(t, feed, err))
	for _, page := range all {
		for _, bad := range []string{"<script>", "<img/", "<b>", "\x1b", "\x00", "\u202e", `href="javascript`, `href="http:`, "secret@example.org/\"", `launch hub:&lt;b`, `launch hub:'`} {
			if strings.Contains(page, bad) {
				t.Errorf("%q is in\n%s", bad, page)
			}
		}
	}
	if got := strings.Count(all[2], `rel="noopener noreferrer nofollow"`); got != 1 || !strings.Contains(all[2], `<a href="https://example.org/a?b=c"`) {
		t.Errorf("%d links lead elsewhere in\n%s", got, all[2])
	}
	if want := `data-copy="lxc launch &#39;hub:&lt;b&gt;;$(id)&#39;"`; !strings.Contains(all[3], want) {
		t.Errorf("%s is missing in\n%s", want, all[3])
	}
}

func TestThePageOfAnImageSaysWhatItRuns(t *testing.T) {
	v := version("web", "amd64", 1, 5000)
	v.Layers = []string{"sha256:1", "sha256:2"}
	runs := &image.Runs{
		Entrypoint: []string{"/entry point", "--x"}, Cmd: []string{hostile}, User: "web", Ports: []string{"80/tcp", hostile}, Volumes: []string{"/data"},
		Environment: []string{"PATH", hostile}, Health: []string{"/bin/sh", "-c", "ping || exit 1"}, LayerSizes: []int64{3_000_000, 1_500_000},
	}
	p := web.New(web.Options{Describe: func(_ context.Context, id image.ID) (image.Version, error) {
		v.Runs = runs
		return v, nil
	}})
	c := of(v)
	d, err := p.Image(t.Context(), c, "hub", "192.0.2.7", "web")
	page := text(t, d, err)
	for _, want := range []string{
		"<code>&#39;/entry point&#39; --x</code>", "<dt>User</dt><dd><code>web</code>", "<code>80/tcp</code>, <code>", "<code>/data</code>", "<code>PATH</code>",
		"<code>/bin/sh -c &#39;ping || exit 1&#39;</code>", `<rect width="200"`, `<rect width="100"`, "3.0 MB", "1.5 MB",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing in\n%s", want, page)
		}
	}
	for _, bad := range []string{"<script>", "\x1b", "\u202e", "\x00"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is in\n%s", bad, page)
		}
	}
	runs = nil // an older version
	d, err = p.Image(t.Context(), c, "hub", "192.0.2.7", "web")
	if page = text(t, d, err); strings.Contains(page, "<dt>User") || !strings.Contains(page, "2 layers of the source") {
		t.Errorf("of a version that does not say what it runs there is\n%s", page)
	}
}

func TestImagesThatFailSaySo(t *testing.T) {
	failures := []web.Failure{{Name: "web/amd64", Text: "docker.io does <not> answer", Next: "see `a <b>`, and wait", At: now.Add(-time.Hour)}, {Name: "docker.io/library/on:latest/amd64", Text: "gone", At: now}}
	client := ""
	p := web.New(web.Options{
		Now:      func() time.Time { return now },
		Activity: func(who string) web.Activity { client = who; return web.Activity{Failed: failures} },
	})
	c := of(version("web", "amd64", 1, 5000), version("web", "arm64", 1, 5000), version("other", "amd64", 1, 5000), demand("on", "on", 1, 5000))
	const tag = `<span class="tag bad">failing</span>`
	if page := list(t, p, c, "origin=failing"); shown(page) != "on web" || strings.Count(page, tag) != 2 || !strings.Contains(page, "Failing (2)") || client != "192.0.2.7" {
		t.Errorf("for %s there is\n%s", client, page)
	}
	d, err := p.Image(t.Context(), c, "hub", "192.0.2.7", "web")
	if page := text(t, d, err); strings.Count(page, tag) != 1 || !strings.Contains(page, "docker.io does &lt;not&gt; answer. Clients get what is here meanwhile") || !strings.Contains(page, "<strong>What to do:</strong> see <code>a &lt;b&gt;</code>, and wait.</p>") || !strings.Contains(page, "1 hour ago") {
		t.Errorf("the page of the image is\n%s", page)
	}

	failures = nil // the next attempts succeeded
	if page := list(t, p, c, ""); strings.Contains(page, tag) || !strings.Contains(page, "Failing (0)") {
		t.Errorf("afterwards there is\n%s", page)
	}
	d, err = p.Image(t.Context(), c, "hub", "192.0.2.7", "web")
	if page := text(t, d, err); strings.Contains(page, tag) {
		t.Errorf("afterwards the page of the image is\n%s", page)
	}
	if page := list(t, pages(), c, "origin=failing"); shown(page) != "" || strings.Contains(page, "Failing") {
		t.Errorf("a server that converts nothing shows\n%s", page)
	}
}

func TestThePageOfAnImage(t *testing.T) {
	older, newer := version("web", "amd64", 9, 1_000_000), version("web", "amd64", 1, 2_000_000)
	older.Layers, newer.Layers = []string{"sha256:1", "sha256:2"}, []string{"sha256:1", "sha256:3", "sha256:4"}
	newer.Files = append(newer.Files, image.File{Kind: image.Delta, Name: "d.vcdiff", Base: older.Serial, Size: 12_345})
	other := version("web", "arm64", 1, 3_000_000)
	other.Fingerprint = strings.Repeat("e", 64)
	d, err := pages().Image(t.Context(), of(older, newer, other), "hub", "192.0.2.7", "web")
	page := text(t, d, err)
	for _, want := range []string{
		"<h1>web</h1>", `"lxc launch hub:web"`, `"incus launch hub:web"`, `<h2 id="arch-amd64">`, `<h2 id="arch-arm64">`, "docker.io/library/web:latest",
		newer.Fingerprint, other.Fingerprint, "12.3 kB from <code>" + older.Serial, "3, 1 unchanged", "2.0 MB", "9 days ago", "1 day ago", "3 layers of the source",
		`aria-label="Sizes of 2 versions over time, from 1.0 MB to 2.0 MB"`, `href="/` + newer.Path(newer.Files[1]) + `"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	if n := strings.Count(page, "<svg"); n != 1 {
		t.Errorf("there are %d pictures: one version alone needs none", n)
	}
	if d, err := pages().Image(t.Context(), of(older), "hub", "192.0.2.7", "nothing"); d != nil || err != nil {
		t.Errorf("of no image there is %v, %v", d, err)
	}
}

func TestTheActivity(t *testing.T) {
	doing := web.Activity{}
	p := web.New(web.Options{
		Now: func() time.Time { return now }, Activity: func(string) web.Activity { return doing }, Told: error.Error,
		Try: func(name string) (string, error) {
			if name == "redis:7" {
				return "docker.io/library/redis:7", nil
			}
			return "", errors.New("no pattern allows " + hostile)
		},
	})
	show := func(asked string) string {
		t.Helper()
		d, err := p.ActivityPage(of(version("web", "amd64", 1, 5000)), "hub", asked, "192.0.2.1")
		return text(t, d, err)
	}
	for asked, want := range map[string]string{
		"":        "Nothing is being converted.",
		"web":     `<a href="/image/web">`,
		"redis:7": `data-copy="incus launch hub:redis:7" aria-label="Copy incus launch hub:redis:7">Copy</button></div>` + "\n" + `<div class="line"><code><span>lxdocker</span> <span>run</span> <span>-d</span> <span>hub:redis:7</span>`,
		"none":    "refused</span> no pattern allows &#34;&gt;&lt;script&gt;",
		"other":   "What to do:</strong> " + failure.Next(failure.Internal, failure.Unclear, failure.Asker, "") + ".</p>",
	} {
		if got := show(asked); !strings.Contains(got, want) {
			t.Errorf("for %q %s is missing in\n%s", asked, want, got)
		}
	}
	doing = web.Activity{
		Running: []web.Running{{Name: hostile, Step: "fetching", Done: 500_000, Total: 2_000_000, Began: now.Add(-3 * time.Minute)}, {Name: "b/amd64", Began: now}},
		Failed:  []web.Failure{{Name: "c/amd64", Text: hostile, Next: "run `x`" + hostile, At: now.Add(-2 * time.Hour)}},
	}
	for others, want := range map[int]string{1: "1 more is being converted that you have not asked for.", 2: "2 more are being"} {
		doing.Others = others
		if got := show(""); !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	doing.Others = 0
	if got := show(""); strings.Contains(got, "not asked for") {
		t.Errorf("nobody else asks, and the page is\n%s", got)
	}
	events, err := p.Events("192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	page := show("")
	if !strings.Contains(page, string(events)) {
		t.Errorf("the events say\n%s\nand the page\n%s", events, page)
	}
	for _, want := range []string{`<progress max="100" value="25"`, "500.0 kB of 2.0 MB", "started 3 minutes ago", "waiting", "2 hours ago", "What to do:</strong> run <code>x</code>"} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is missing in\n%s", want, page)
		}
	}
	for _, bad := range []string{"<script>", "\x1b", "\u202e"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is in\n%s", bad, page)
		}
	}
}

func TestTheFeed(t *testing.T) {
	var versions []image.Version
	for i := range 70 {
		versions = append(versions, version(fmt.Sprintf("image-%02d", i), "amd64", 70-i, 5000))
	}
	type entry struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Link    struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
	}
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Entries []entry  `xml:"entry"`
	}
	read := func(c *catalog.Catalog, host string) []entry {
		t.Helper()
		feed.Entries = nil
		d, err := pages().Feed(c, host)
		if err := xml.Unmarshal([]byte(text(t, d, err)), &feed); err != nil {
			t.Fatal(err)
		}
		for _, at := range append(feed.Entries, entry{ID: feed.ID, Title: feed.Title, Updated: feed.Updated}) {
			if _, err := time.Parse(time.RFC3339, at.Updated); err != nil || !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(at.ID) || at.Title == "" {
				t.Errorf("there is %+v", at)
			}
		}
		return feed.Entries
	}
	first := read(of(versions...), "hub")
	if len(first) != 50 || first[0].Title != "image-69 for amd64, "+versions[69].Serial || first[0].Link.Href != "https://hub/image/image-69" || feed.Updated != first[0].Updated {
		t.Errorf("there are %d entries, the first is %+v of %s", len(first), first[0], feed.Updated)
	}
	ids := map[string]bool{}
	for _, e := range first {
		ids[e.ID] = true
	}
	if len(ids) != 50 {
		t.Errorf("of 50 entries %d are different", len(ids))
	}
	second := read(of(append(versions, version("image-00", "amd64", 0, 6000))...), "other")
	if second[0].ID == first[0].ID || second[1].ID != first[0].ID {
		t.Errorf("after a new version there are %+v and %+v", second[0], second[1])
	}
	if none := read(of(), "hub"); len(none) != 0 {
		t.Errorf("an empty store has %v", none)
	}
}
