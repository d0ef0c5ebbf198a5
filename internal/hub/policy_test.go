package hub

import (
	"strings"
	"testing"

	"lxdocker/internal/oci"
)

func TestPolicy(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0a", 32)
	tests := map[string]struct {
		allow, deny string
		yes, no     string
	}{
		"nothing is allowed by itself":    {"", "", "", "nginx ghcr.io/a/b"},
		"Docker Hub's own images":         {"docker.io/library/*", "", "nginx library/nginx:1.27 docker.io/redis index.docker.io/library/x postgres:17" + digest, "grafana/grafana ghcr.io/library/nginx docker.io/library/a/b"},
		"short names mean Docker Hub":     {"library/* grafana/* traefik", "", "nginx grafana/loki traefik:v3", "ghcr.io/grafana/loki me/traefik"},
		"a star stays in its word":        {"ghcr.io/*/app-*", "", "ghcr.io/me/app-one ghcr.io/you/app-2", "ghcr.io/me/lib ghcr.io/me/x/app-one quay.io/me/app-one"},
		"two stars are any words":         {"ghcr.io/home-assistant/**", "", "ghcr.io/home-assistant/home-assistant ghcr.io/home-assistant/a/b/c", "ghcr.io/home-assistant2/x ghcr.io/me/home-assistant/x"},
		"two stars alone are everything":  {"**", "", "nginx localhost:5000/x quay.io/a/b/c", "oci:/etc docker-archive:/etc/passwd oci-archive:x"},
		"a registry with a port":          {"127.0.0.1:5000/library/*", "", "127.0.0.1:5000/library/nginx:1", "127.0.0.1:5001/library/nginx localhost:5000/library/nginx"},
		"hosts have no capital letters":   {"GHCR.io/me/*", "", "ghcr.io/me/x GHCR.IO/me/x", ""},
		"a tag":                           {"nginx:1.* redis:7", "", "nginx:1.27 redis:7 nginx:1.27" + digest, "nginx nginx:latest redis:7.2 nginx" + digest},
		"denied is denied":                {"library/*", "library/mysql library/*:*-rc*", "nginx mysqld", "mysql mysql:8 nginx:1.28-rc1"},
		"a digest alone has no tag":       {"nginx", "nginx:old", "nginx" + digest, "nginx:old nginx:old" + digest},
		"any host":                        {"*/library/nginx", "", "nginx quay.io/library/nginx", "quay.io/x/library/nginx"},
		"what only looks like a pattern":  {"ghcr.io/a.b/*", "", "ghcr.io/a.b/c", "ghcr.io/axb/c"},
		"two stars in the middle":         {"ghcr.io/**/app", "", "ghcr.io/app ghcr.io/a/b/app", "ghcr.io/a/b ghcr.io/a/app/b"},
		"the page of an image":            {"https://hub.docker.com/_/nginx", "", "nginx nginx:1.27", "library/redis me/nginx"},
		"the page of an owner":            {"https://hub.docker.com/u/grafana", "", "grafana/loki", "nginx grafana/a/b"},
		"a page with a star":              {"https://hub.docker.com/r/grafana/*", "https://hub.docker.com/r/grafana/loki", "grafana/grafana", "grafana/loki nginx"},
		"two stars match no words at all": {"ghcr.io/me/**", "", "ghcr.io/me/x", "ghcr.io/you"},
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

// TestPatternsThatNoImageMatches: who writes one believes that it allows or denies
// something.
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
	for _, text := range []string{"", "a//b", "a/b:", "ghcr.io/[a]/b", "ghcr.io/a**/b", "a/b?", `a\b/c`, "a b", "nginx@sha256:00", "/a", "a/"} {
		if _, err := NewPolicy([]string{text}, nil); err == nil || !strings.Contains(err.Error(), "reading the pattern") {
			t.Errorf("%q as allowed: %v", text, err)
		}
		if _, err := NewPolicy(nil, []string{text}); err == nil {
			t.Errorf("%q as denied is no mistake", text)
		}
	}
}
