package imageapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/catalog"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/imageapi"
)

func TestWhatNamesMean(t *testing.T) {
	f := newFixture(t)
	firefox := "Mozilla/5.0 (X11; Linux aarch64; rv:120.0) Gecko/20100101 Firefox/120.0"
	tests := map[string]struct {
		agent, name string
		want        string // a fingerprint, or a part of the refusal
	}{
		"a name means the image for the client's architecture":       {lxd5, "nginx", f.nginx.Fingerprint},
		"an alias means the image for the client's architecture":     {lxd5, "nginx:1.27", f.nginx.Fingerprint},
		"LXD on arm64 gets the image for arm64":                      {lxd521, "nginx", f.nginxARM.Fingerprint},
		"a browser gets the image for the server's architecture":     {firefox, "nginx", f.nginx.Fingerprint},
		"NAME%2FARCH means that architecture, whatever the client's": {lxd5, "nginx%2Farm64", f.nginxARM.Fingerprint},
		"NAME/ARCH may name the client's own architecture":           {lxd5, "nginx/amd64", f.nginx.Fingerprint},
		"ARCH may be the kernel's word":                              {lxd521, "nginx:1.27%2Fx86_64", f.nginx.Fingerprint},
		"Incus 7 gets the tarball":                                   {incus7, "ping", f.ping.TarballFingerprint},
		"Incus 6.0 gets the tarball":                                 {incus60, "ping", f.ping.TarballFingerprint},
		"a browser gets the squashfs though there is a tarball":      {firefox, "ping", f.ping.Fingerprint},
		"Incus 7 gets the squashfs of an image without tarball":      {incusOnPi, "nginx", f.nginxARM.Fingerprint},
		"amd64 runs an image for i386":                               {lxd5, "tool", f.tool.Fingerprint},
		"arm64 runs an image for armhf":                              {incusOnPi, "uni", f.uni.Fingerprint},
		"of amd64 and i386, a client on amd64 gets amd64":            {lxd5, "web", f.nginx.Fingerprint},
		"an image for i386 is not one for amd64 that was asked for":  {lxd5, "tool/amd64", `"tool" for amd64 here, only for i386`},
		"amd64 does not run an image for armhf":                      {lxd5, "uni", `"uni" for amd64 here, only for armhf`},
		"armhf runs none of amd64, arm64 and i386":                   {lxdOn32bit, "web", `"web" for armhf here, only for amd64, arm64, i386`},
		"no alias ends in an architecture":                           {lxdOn32bit, "one/i386", `there is no image "one/i386" here`},
		"an image of the hub is there without the hub":               {lxd521, "library%2Fredis:7", f.redis.Fingerprint},
		"without a hub there is no other architecture of its image":  {lxd5, "library%2Fredis:7", "only for arm64"},
		"an unknown name":                          {lxd5, "library%2Fngnix", `there is no image "library/ngnix" here`},
		"an unknown name with an architecture":     {lxd5, "ngnix/arm64", `there is no image "ngnix/arm64" here`},
		"the serial of a retired image is no name": {lxd5, "20261123_101500", "there is no image"},
		"20 digits of a fingerprint are no alias":  {lxd5, f.nginx.Fingerprint[:20], "no image with the fingerprint"},
		"an unknown fingerprint is no alias":       {lxd5, strings.Repeat("0", 64), "no image with the fingerprint"},
		"a name with a control character":          {lxd5, "a%07", "characters that names do not have"},
		"an empty name":                            {lxd5, "", "is missing"},
		"a name of 513 bytes":                      {lxd5, strings.Repeat("a", 513), "longer than 512 bytes"},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			alias := f.ask(test.agent, "GET", "/1.0/images/aliases/"+test.name)
			if got := alias.target(t); got != test.want && (got != "" || !strings.Contains(alias.text, test.want)) {
				t.Errorf("it is %d %s %s", alias.status, got, alias.text)
			}
			if strings.Contains(what, "fingerprint") {
				return // that is where the two differ
			}
			image := f.ask(test.agent, "GET", "/1.0/images/"+test.name)
			if image.status != alias.status || image.text != alias.text {
				t.Errorf("the alias is %d %s, the image %d %s", alias.status, alias.text, image.status, image.text)
			}
			if image.status == 200 && !strings.Contains(image.body, `"fingerprint":"`+test.want+`"`) {
				t.Errorf("the image is %s", image.body)
			}
		})
	}
}

// TestCommandLinesAreGivenFingerprints: what a command line knows an alias of, its
// daemon takes from what it has cached.
func TestCommandLinesAreGivenFingerprints(t *testing.T) {
	f := newFixture(t)
	for agent, want := range map[string]string{lxc5: f.ping.Fingerprint, incusCLI7: f.ping.TarballFingerprint} {
		if a := f.ask(agent, "GET", "/1.0/images/aliases/ping"); a.status != 404 || !strings.Contains(a.text, "/1.0/images/NAME") {
			t.Errorf("the alias is %d %s for %s", a.status, a.text, agent)
		}
		a := f.ask(agent, "GET", "/1.0/images/ping")
		if a.status != 200 || !strings.Contains(a.body, `"fingerprint":"`+want+`"`) || !strings.Contains(a.body, `"public":true`) {
			t.Errorf("the image is %d %s for %s", a.status, a.body, agent)
		}
		if a := f.ask(agent+" (dir 1)", "GET", "/1.0/images/aliases/ping"); a.target(t) != want {
			t.Errorf("the daemon is told %d %s", a.status, a.body)
		}
	}
	h := &fakeHub{version: f.redis}
	f.hub = h
	f.ask(lxc5, "GET", "/1.0/images/aliases/x")
	f.ask(lxc5, "GET", "/1.0/images/x")
	if got := strings.Join(h.asked, ", "); got != "x for amd64 from 192.0.2.1" {
		t.Errorf("the hub was asked for %q", got)
	}
}

func TestStatusOfNames(t *testing.T) {
	f := newFixture(t)
	for name, want := range map[string]int{"nginx": 200, "none": 404, "uni": 404, "": 404, "a%0a": 404, "%ff": 404, strings.Repeat("a", 600): 404, strings.Repeat("0", 64): 404} {
		if got := f.ask(lxd5, "GET", "/1.0/images/aliases/"+name).status; got != want {
			t.Errorf("%.20q is %d, want %d", name, got, want)
		}
	}
}

func TestImagesByFingerprint(t *testing.T) {
	f := newFixture(t)
	for what, test := range map[string]struct{ agent, digits, want string }{
		"a whole fingerprint":                                     {lxd5, f.nginx.Fingerprint, f.nginx.Fingerprint},
		"the first twelve digits of a fingerprint":                {lxd5, f.nginx.Fingerprint[:12], f.nginx.Fingerprint},
		"eleven digits are a name":                                {lxd5, f.nginx.Fingerprint[:11], ""},
		"a fingerprint of another architecture than the client's": {lxd5, f.nginxARM.Fingerprint, f.nginxARM.Fingerprint},
		"LXD asks for the fingerprint of the tarball":             {lxd5, f.ping.TarballFingerprint, f.ping.TarballFingerprint},
		"Incus asks for the fingerprint of the squashfs":          {incus7, f.ping.Fingerprint, f.ping.Fingerprint},
		"the fingerprint of a retired version":                    {lxd5, f.old.Fingerprint, f.old.Fingerprint},
		"a fingerprint in capital letters":                        {lxd5, strings.ToUpper(f.nginx.Fingerprint), ""},
		"an unknown fingerprint":                                  {lxd5, strings.Repeat("0", 64), ""},
		"twelve digits that no fingerprint begins with":           {lxd5, strings.Repeat("0", 12), ""},
	} {
		t.Run(what, func(t *testing.T) {
			a := f.ask(test.agent, "GET", "/1.0/images/"+test.digits)
			if test.want == "" && a.status != 404 || test.want != "" && !strings.Contains(a.body, `"fingerprint":"`+test.want+`"`) {
				t.Errorf("%s is %d %s", test.digits, a.status, a.body)
			}
		})
	}
	if _, err := f.store.Prune(t.Context(), f.clock.Now, 0); err != nil {
		t.Fatal(err)
	}
	if got := f.ask(lxd5, "GET", "/1.0/images/"+f.old.Fingerprint).status; got != 404 {
		t.Errorf("a pruned version is %d", got)
	}
}

// fakeHub answers as it is told, and notes what it was asked for.
type fakeHub struct {
	version image.Version
	err     error
	fresh   image.Version // what it finds for who waits
	wait    bool          // until ctx ends
	asked   []string
}

// Product: what begins with "no" is not allowed, nor is the word official.
func (h *fakeHub) Product(name, arch string) (image.Product, bool) {
	switch name {
	case "redis:7", "library/redis:7", "docker.io/library/redis:7":
		return image.Product{Name: "docker.io_library_redis_7", Architecture: arch}, true
	}
	return image.OnDemand(name, arch), !strings.HasPrefix(name, "no") && name != "official"
}

func (h *fakeHub) Image(ctx context.Context, name, arch, client string) (image.Version, error) {
	h.asked = append(h.asked, fmt.Sprintf("%s for %s from %s", name, arch, client))
	if h.wait {
		<-ctx.Done()
		return image.Version{}, ctx.Err()
	}
	return h.version, h.err
}

func (h *fakeHub) Fresh(_ context.Context, v image.Version, waits bool) image.Version {
	h.asked = append(h.asked, "have "+v.Name)
	if waits && h.fresh.Name != "" {
		return h.fresh
	}
	return v
}

// TestAPersonGetsWhatATagMeansNow: nobody waits for what a daemon asks, which says so by
// the storage that it has.
func TestAPersonGetsWhatATagMeansNow(t *testing.T) {
	f := newFixture(t)
	f.hub = &fakeHub{fresh: f.ping}
	const commandLine = "LXD 5.21.2 LTS (Linux; aarch64; 6.8.0-31-generic; Ubuntu; 24.04)"
	if a := f.ask(commandLine, "GET", "/1.0/images/redis:7"); !strings.Contains(a.body, f.ping.Fingerprint) {
		t.Errorf("the image is %s", a.body)
	}
	if got := f.ask(lxd521, "GET", "/1.0/images/aliases/redis:7").target(t); got != f.redis.Fingerprint {
		t.Errorf("the daemon is told %s", got)
	}
	f.hub, f.fresh = nil, func(_ context.Context, v image.Version, waits bool) image.Version {
		if waits && v.Name == "nginx" {
			return f.ping
		}
		return v
	}
	for agent, want := range map[string]string{lxc5: f.ping.Fingerprint, lxd5: f.nginx.Fingerprint} {
		if a := f.ask(agent, "GET", "/1.0/images/nginx"); !strings.Contains(a.body, want) {
			t.Errorf("%s: the image of a spec is %s", agent, a.body)
		}
	}
}

func TestWhatTheHubIsAskedFor(t *testing.T) {
	f := newFixture(t)
	for what, test := range map[string]struct{ agent, name, want string }{
		"a name that the catalog does not have":                               {lxd5, "library%2Fmemcached:1.6", "library/memcached:1.6 for amd64 from 192.0.2.1"},
		"a name, for the client's architecture":                               {lxd521, "memcached", "memcached for arm64 from 192.0.2.1"},
		"a name, for the architecture that it ends in":                        {lxd5, "ghcr.io/o/n:1/armv7l", "ghcr.io/o/n:1 for armhf from 192.0.2.1"},
		"an image made for another architecture than the client's":            {lxd5, "redis:7", "redis:7 for amd64 from 192.0.2.1"},
		"an image for i386, by a client on amd64, which may get a better one": {lxd5, "old:1", "old:1 for amd64 from 192.0.2.1"},
		"an image of the hub's that is there is reported, not asked for":      {lxd521, "redis:7", "have docker.io_library_redis_7"},
		"no image of a spec":                                               {lxd5, "nginx", ""},
		"no image of a spec for another architecture":                      {lxd5, "uni", ""},
		"another architecture of what it may be asked for":                 {lxd5, "owner/arm64/arm64", "owner/arm64 for arm64 from 192.0.2.1"},
		"a name that ends in an architecture, for that":                    {lxd5, "julia/arm64", "julia for arm64 from 192.0.2.1"},
		"a repository that ends in one, if only that may be asked for":     {lxd5, "official/arm64", "official/arm64 for amd64 from 192.0.2.1"},
		"what neither may be asked for, to be told so":                     {lxd5, "no/arm64", "no for arm64 from 192.0.2.1"},
		"no image of a spec for an architecture that the machine runs":     {lxd5, "tool", ""},
		"nothing for a name with a control character":                      {lxd5, "a%0a", ""},
		"nothing for a fingerprint":                                        {lxd5, f.nginx.Fingerprint, ""},
		"nothing for an unknown fingerprint":                               {lxd5, strings.Repeat("0", 64), ""},
		"nothing for the beginning of a fingerprint":                       {lxd5, f.nginx.Fingerprint[:12], ""},
		"nothing for digits that no fingerprint begins with":               {lxd5, strings.Repeat("0", 12), ""},
		"a name, for the server's architecture when the client is unknown": {"curl/8", "x", "x for amd64 from 192.0.2.1"},
	} {
		t.Run(what, func(t *testing.T) {
			h := &fakeHub{version: f.redis}
			if strings.Contains(what, "better") {
				f.split(image.Version{Name: "hub-old", Architecture: "i386", Hub: true, Aliases: []string{"old:1"}}, "metadata", "old")
			}
			f.hub = h
			for _, kind := range []string{"aliases/", ""} {
				h.asked = nil
				f.ask(test.agent, "GET", "/1.0/images/"+kind+test.name)
				if got := strings.Join(h.asked, ", "); got != test.want {
					t.Errorf("%s%s: it was asked for %q", kind, test.name, got)
				}
			}
		})
	}
}

func TestWhatTheHubMadeIsAnswered(t *testing.T) {
	f := newFixture(t)
	f.hub = &fakeHub{version: f.ping}
	if got := f.ask(incus7, "GET", "/1.0/images/aliases/library%2Fping").target(t); got != f.ping.TarballFingerprint {
		t.Errorf("the alias means %s", got)
	}
	a := f.ask(lxd5, "GET", "/1.0/images/library%2Fping")
	if a.status != 200 || !strings.Contains(a.body, f.ping.Fingerprint) {
		t.Errorf("the image is %s", a.body)
	}
}

func TestErrorsOfTheHub(t *testing.T) {
	f := newFixture(t)
	said := failure.Public(errors.New("asking docker.io: \x1b[31mno\n<&> \xff"))
	private := &os.PathError{Op: "open", Path: "/srv/private/auth.json", Err: os.ErrPermission}
	text := "asking docker.io: ?[31mno <&> ?"
	step := func(k failure.Kind) string { return failure.Next(k, failure.Unclear, failure.Asker, "") }
	for what, test := range map[string]struct {
		err    error
		status int
		text   string
		after  string
	}{
		"the image does not exist":              {failure.New(failure.NotFound, said), 404, text, ""},
		"the image is not allowed":              {failure.New(failure.Denied, said), 404, text, ""},
		"the image is not allowed by rules":     {failure.Because(failure.Policy, failure.New(failure.Denied, said)), 404, text + ": " + failure.Next(failure.Denied, failure.Policy, failure.Asker, ""), ""},
		"a registry cannot be trusted":          {failure.Because(failure.TLS, failure.New(failure.Unavailable, private)), 503, "the image is not available now, because its registry or this server has a problem: " + step(failure.Unavailable), "30"},
		"the registry limits the rate":          {failure.After(failure.RateLimited, 90*time.Second+1, said), 429, text, "91"},
		"the image is too large":                {failure.New(failure.TooLarge, said), 413, text, ""},
		"the registry sends wrong data":         {failure.New(failure.Corrupt, said), 502, text, ""},
		"no container can be made of the image": {failure.New(failure.Unsupported, said), 404, text, ""},
		"an error that wraps a kind and a time": {fmt.Errorf("making it: %w", failure.After(failure.Unavailable, time.Minute, said)), 503, text, "60"},
		"a negative time to wait":               {failure.After(failure.RateLimited, -time.Second, said), 429, text, "30"},
		"an error of an unknown kind":           {errors.New("no space left on device"), 500, "this server or its machine has a fault: " + step(failure.Internal), ""},
		"trouble of the machine, not found":     {failure.New(failure.NotFound, private), 404, "there is no such image: " + step(failure.NotFound), ""},
		"trouble of the machine, denied":        {failure.New(failure.Denied, private), 404, "this image is not available here: " + step(failure.Denied), ""},
		"trouble of the machine, too large":     {failure.New(failure.TooLarge, private), 413, "the image is larger than this server allows: " + step(failure.TooLarge), ""},
		"trouble of the machine, corrupt":       {failure.New(failure.Corrupt, private), 502, "what the registry sends is damaged: " + step(failure.Corrupt), ""},
		"trouble of the machine, unsupported":   {failure.New(failure.Unsupported, private), 404, "this server can make no container of that image: " + step(failure.Unsupported), ""},
		"trouble of the machine, unavailable":   {failure.New(failure.Unavailable, private), 503, "the image is not available now, because its registry or this server has a problem: " + step(failure.Unavailable), "30"},
		"an error without a text":               {errors.New(""), 500, "this server or its machine has a fault: " + step(failure.Internal), ""},
		"an error of more than 2,000 bytes":     {failure.Publicf(failure.NotFound, "%s", strings.Repeat("x", 5000)), 404, strings.Repeat("x", 2000) + "…", ""},
	} {
		t.Run(what, func(t *testing.T) {
			f.hub = &fakeHub{err: test.err}
			for _, kind := range []string{"aliases/", ""} {
				a := f.ask(lxd5, "GET", "/1.0/images/"+kind+"library%2Fx")
				if a.status != test.status || a.text != test.text || a.header.Get("Retry-After") != test.after {
					t.Errorf("%s: %d %q, Retry-After %q", kind, a.status, a.text, a.header.Get("Retry-After"))
				}
			}
		})
	}
}

func TestWaitingForTheHubEnds(t *testing.T) {
	f := newFixture(t)
	f.hub = &fakeHub{wait: true}
	t.Run("when the client goes away", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		if a := f.do(httptest.NewRequestWithContext(ctx, "GET", "/1.0/images/aliases/x", nil)); a.status != 503 || ctx.Err() == nil {
			t.Errorf("it ended with %d %s", a.status, a.text)
		}
	})
	t.Run("when the server ends", func(t *testing.T) {
		time.AfterFunc(50*time.Millisecond, func() { close(f.end) })
		for range 2 { // also for who comes later
			a := f.ask(lxd5, "GET", "/1.0/images/aliases/x")
			if a.status != 503 || !strings.Contains(a.text, "stopped or restarted") || a.header.Get("Retry-After") != "60" {
				t.Errorf("it ended with %d %s", a.status, a.text)
			}
		}
	})
}

func TestPathsAndMethods(t *testing.T) {
	f := newFixture(t)
	fingerprint := f.nginx.Fingerprint
	for target, want := range map[string]int{
		"/1.0": 200, "/1.0/": 200, "/1.0?x=y": 200, "/1.0/images": 200, "/1.0/images/aliases": 200, "/1.0/images/" + fingerprint + "/export": 200,
		"/1.0/images/": 404, "/1.0/images/aliases/": 404, "/1.0/imagesx": 404, "/1.0/instances": 404, "/1.0/events": 404, "/1.0//images": 404, "/1.0//": 404,
		"/1.0/images/" + fingerprint + "/refresh": 404, "/1.0/images/" + fingerprint + "/export/": 404, "/1.0/images/" + fingerprint + "/": 404,
		"/1.0/images/" + strings.Repeat("0", 64) + "/export": 404, "/1.0/images/nginx/export": 200, "/1.0/images/no/export": 404, "/1.0/images//export": 404, "/1.0/%69mages": 404, "/1.0/../1.0": 404,
	} {
		if a := f.ask(lxd5, "GET", target); a.status != want {
			t.Errorf("GET %s is %d %s, want %d", target, a.status, a.text, want)
		}
		for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
			if a := f.ask(lxd5, method, target); a.status != 405 || a.header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s is %d %s", method, target, a.status, a.text)
			}
		}
	}
}

func TestAStoreThatCannotBeRead(t *testing.T) {
	h := imageapi.New(imageapi.Options{Catalog: func(context.Context) (*catalog.Catalog, error) { return nil, os.ErrPermission }})
	for target, want := range map[string]int{"/1.0": 200, "/1.0/images": 503, "/1.0/images/nginx": 503, "/1.0/images/aliases/nginx": 503} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != want || want == 503 && w.Header().Get("Retry-After") != "60" || strings.Contains(w.Body.String(), "permission") {
			t.Errorf("%s is %d %s", target, w.Code, w.Body)
		}
	}
}
