package hub

import (
	"strings"
	"testing"

	"lxdocker/internal/oci"
)

func TestPolicy(t *testing.T) {
	digest, other := "@sha256:"+strings.Repeat("0a", 32), "@sha256:"+strings.Repeat("0b", 32)
	tests := map[string]struct {
		allow, deny string
		yes, no     string
	}{
		"nothing is allowed by itself":      {"", "", "", "nginx ghcr.io/a/b"},
		"Docker Hub's own images":           {"docker.io/library/*", "", "nginx library/nginx:1.27 docker.io/redis index.docker.io/library/x postgres:17" + digest, "grafana/grafana ghcr.io/library/nginx docker.io/library/a/b"},
		"short names mean Docker Hub":       {"library/* grafana/* traefik", "", "nginx grafana/loki traefik:v3", "ghcr.io/grafana/loki me/traefik"},
		"a star stays in its word":          {"ghcr.io/*/app-*", "", "ghcr.io/me/app-one ghcr.io/you/app-2", "ghcr.io/me/lib ghcr.io/me/x/app-one quay.io/me/app-one"},
		"two stars are any words":           {"ghcr.io/home-assistant/**", "", "ghcr.io/home-assistant/home-assistant ghcr.io/home-assistant/a/b/c", "ghcr.io/home-assistant2/x ghcr.io/me/home-assistant/x"},
		"two stars alone are everything":    {"**", "", "nginx localhost:5000/x quay.io/a/b/c", "oci:/etc docker-archive:/etc/passwd oci-archive:x"},
		"a registry with a port":            {"127.0.0.1:5000/library/*", "", "127.0.0.1:5000/library/nginx:1", "127.0.0.1:5001/library/nginx localhost:5000/library/nginx"},
		"hosts have no capital letters":     {"GHCR.io/me/*", "", "ghcr.io/me/x GHCR.IO/me/x", ""},
		"a tag":                             {"nginx:1.* redis:7", "", "nginx:1.27 redis:7", "nginx nginx:latest redis:7.2 nginx:1.27" + digest + " nginx" + digest},
		"a deny pattern wins":               {"library/*", "library/mysql library/*:*-rc*", "nginx mysqld", "mysql mysql:8 nginx:1.28-rc1"},
		"any tag is no digest":              {"nginx:*", "", "nginx nginx:1", "nginx" + digest + " nginx:1" + digest},
		"a denied tag denies digests":       {"**", "nginx:old ghcr.io/**:*-rc*", "nginx nginx:1 redis" + digest + " ghcr.io/a/b", "nginx:old nginx" + digest + " nginx:old" + digest + " nginx:1" + digest + " ghcr.io/a/b:1" + digest},
		"an allowed digest of a denied tag": {"** nginx" + digest, "nginx:old", "nginx" + digest + " nginx:old" + digest, "nginx:old nginx" + other},
		"a digest":                          {"nginx" + digest, "", "nginx" + digest + " nginx:1" + digest, "nginx nginx" + other + " redis" + digest},
		"a denied name denies digests":      {"** nginx" + digest, "nginx", "redis", "nginx nginx" + digest},
		"hosts have many spellings":         {"**", "evil.example/** localhost:5000/** [::1]:5000/** 192.0.2.1/** *.evil.example/**", "good.example/x evil.example:5000/x", "evil.example:443/x evil.example:0443/x EVIL.example/x evil.example./x LOCALHOST:05000/x [0:0::1]:5000/x [::ffff:192.0.2.1]/x 192.0.2.1:443/x a.evil.example.:443/x"},
		"Docker Hub has many names":         {"**", "mysql", "nginx", "mysql docker.io/mysql index.docker.io/mysql registry-1.docker.io/library/mysql docker.io:443/library/mysql registry.hub.docker.com/mysql index.docker.io.:443/mysql"},
		"spellings in patterns":             {"GHCR.io.:0443/a/* [0:0::1]:05000/b [::ffff:192.0.2.7]/c registry-1.docker.io/library/d docker.io/e *.Example.org/f *.example.net:05000/g", "", "ghcr.io/a/x [::1]:5000/b 192.0.2.7/c d e a.example.org/f a.example.net:5000/g", "ghcr.io/b/x a.example.net/g"},
		"stars within a word":               {"ghcr.io/a*b*c/x", "", "ghcr.io/abc/x ghcr.io/a1bb2cc/x", "ghcr.io/acb/x ghcr.io/abcd/x ghcr.io/ab/x"},
		"any host":                          {"*/library/nginx", "", "nginx quay.io/library/nginx", "quay.io/x/library/nginx"},
		"what only looks like a pattern":    {"ghcr.io/a.b/*", "", "ghcr.io/a.b/c", "ghcr.io/axb/c"},
		"two stars in the middle":           {"ghcr.io/**/app", "", "ghcr.io/app ghcr.io/a/b/app", "ghcr.io/a/b ghcr.io/a/app/b"},
		"the page of an image":              {"https://hub.docker.com/_/nginx", "", "nginx nginx:1.27", "library/redis me/nginx"},
		"the page of an owner":              {"https://hub.docker.com/u/grafana", "", "grafana/loki", "nginx grafana/a/b"},
		"a page with a star":                {"https://hub.docker.com/r/grafana/*", "https://hub.docker.com/r/grafana/loki", "grafana/grafana", "grafana/loki nginx"},
		"two stars match no words at all":   {"ghcr.io/me/**", "", "ghcr.io/me/x", "ghcr.io/you"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := NewPolicy(strings.Fields(test.allow), strings.Fields(test.deny))
			if err != nil {
				t.Fatal(err)
			}
			for want, refs := range map[bool]string{true: test.yes, false: test.no} {
				for _, r := range strings.Fields(refs) {
					ref, err := oci.Parse(r)
					if err != nil {
						t.Fatal(err)
					}
					if got := p.Allows(ref); got != want {
						t.Errorf("%s is allowed: %v", r, got)
					}
				}
			}
		})
	}
}

func TestPatternsAreShownInFull(t *testing.T) {
	p, err := NewPolicy([]string{"nginx", "library/*", "me/x:1.*", "index.docker.io/a/b", "quay.io/**"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "docker.io/library/nginx docker.io/library/* docker.io/me/x:1.* docker.io/a/b quay.io/**"
	if got := strings.Join(p.Patterns(), " "); got != want {
		t.Errorf("%s\nnot %s", got, want)
	}
}

// TestPatternsThatNoImageMatches: the author of such a pattern believes that it allows or
// denies something.
func TestPatternsThatNoImageMatches(t *testing.T) {
	for text, says := range map[string]string{
		"Library/*":            `did you mean "docker.io/library/*"?`,
		"ghcr.io/Me/**:1.*":    `did you mean "ghcr.io/me/**:1.*"?`,
		"nginx:${TAG}":         "variables such as ${TAG} are not expanded here",
		"oci:/srv/images/*":    "only images of registries",
		"docker-archive:/x/*":  "only images of registries",
		"ghcr.io/me/-*":        "cannot be part of a name",
		"nginx:.*":             "begins with '.'",
		"docker://library/*":   `write "library/*"`,
		"https://ghcr.io/me/*": `write "ghcr.io/me/*"`,
	} {
		if _, err := NewPolicy(nil, []string{text}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}

func TestWrongPatterns(t *testing.T) {
	for _, text := range []string{"", "a//b", "a/b:", "ghcr.io/[a]/b", "ghcr.io/a**/b", "a/b?", `a\b/c`, "a b", "nginx@sha256:00", "/a", "a/",
		"nginx:1@sha256:" + strings.Repeat("0a", 32), "ｇｈｃｒ.io/x", "ｇ*.io/x", "*:443/x", "*:0443/x", "***/x", "a**.io/x", "127.1/x", "[::1/x", "ghcr.io/ü", "a.io:0/*"} {
		if _, err := NewPolicy([]string{text}, nil); err == nil || !strings.Contains(err.Error(), "reading the pattern") {
			t.Errorf("%q as allowed: %v", text, err)
		}
		if _, err := NewPolicy(nil, []string{text}); err == nil {
			t.Errorf("%q as denied is no mistake", text)
		}
	}
	if _, err := NewPolicy(nil, []string{"nginx@sha256:" + strings.Repeat("0a", 32)}); err == nil || !strings.Contains(err.Error(), "deny the name") {
		t.Errorf("a digest as denied: %v", err)
	}
}

// FuzzEveryImageCanBeDenied: however a reference is written, the pattern that is its
// repository denies it, and one that is its whole name allows it alone.
func FuzzEveryImageCanBeDenied(f *testing.F) {
	for _, s := range []string{"nginx", "GHCR.io.:0443/o/n:tag", "[0::1]:05000/x", "[::ffff:127.0.0.1]:443/x", "docker.io/ghcr.io/x", "localhost/a", "registry-1.docker.io/a/b@sha256:" + strings.Repeat("0a", 32)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ref, err := oci.Parse(s)
		if err != nil || ref.Kind() != oci.Registry {
			return
		}
		denied, err := NewPolicy([]string{"**"}, []string{ref.Repository()})
		if err != nil || denied.Allows(ref) {
			t.Errorf("%s cannot be denied by %s (%v)", s, ref.Repository(), err)
		}
		wanted := ref.OnlyDigest()
		allowed, err := NewPolicy([]string{wanted.String()}, nil)
		if err != nil || !allowed.Allows(ref) || !allowed.Allows(wanted) {
			t.Errorf("%s cannot be allowed by %s (%v)", s, wanted, err)
		}
	})
}
