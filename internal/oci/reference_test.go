package oci_test

import (
	"strings"
	"testing"

	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

func TestParseWritesReferencesInFull(t *testing.T) {
	for _, c := range []struct{ in, full, tag string }{
		{"nginx", "docker.io/library/nginx:latest", "latest"},
		{"library/nginx:1.27", "docker.io/library/nginx:1.27", "1.27"},
		{"nginxinc/nginx-unprivileged", "docker.io/nginxinc/nginx-unprivileged:latest", "latest"},
		{"docker.io/nginx", "docker.io/library/nginx:latest", "latest"},
		{"index.docker.io/library/nginx", "docker.io/library/nginx:latest", "latest"},
		{"ghcr.io/o/n:tag", "ghcr.io/o/n:tag", "tag"},
		{"GHCR.io/o/n", "ghcr.io/o/n:latest", "latest"},
		{"lscr.io/linuxserver/sonarr:4.0.0_beta", "lscr.io/linuxserver/sonarr:4.0.0_beta", "4.0.0_beta"},
		{"nginx@" + ocitest.SomeDigest, "docker.io/library/nginx@" + ocitest.SomeDigest, "7b1a6ab2e44d"},
		{"nginx:1.27@" + ocitest.SomeDigest, "docker.io/library/nginx:1.27@" + ocitest.SomeDigest, "1.27"},
		{"127.0.0.1:5000/x@" + ocitest.SomeDigest, "127.0.0.1:5000/x@" + ocitest.SomeDigest, "7b1a6ab2e44d"},
		{"localhost/x", "localhost/x:latest", "latest"},
		{"localhost:5000/x/y:1", "localhost:5000/x/y:1", "1"},
		{"127.0.0.1:5000/x", "127.0.0.1:5000/x:latest", "latest"},
		{"[::1]:5000/x", "[::1]:5000/x:latest", "latest"},
		{"registry.example.org/a/b/c__d/e--f.g", "registry.example.org/a/b/c__d/e--f.g:latest", "latest"},
		{"https://hub.docker.com/_/nginx", "docker.io/library/nginx:latest", "latest"},
		{"http://hub.docker.com/_/nginx/", "docker.io/library/nginx:latest", "latest"},
		{"hub.docker.com/_/nginx:1.27", "docker.io/library/nginx:1.27", "1.27"},
		{"https://hub.docker.com/_/nginx/tags?name=1.27#x", "docker.io/library/nginx:latest", "latest"},
		{"https://hub.docker.com/r/grafana/grafana", "docker.io/grafana/grafana:latest", "latest"},
		{"https://hub.docker.com/r/library/nginx/tags", "docker.io/library/nginx:latest", "latest"},
		{"hub.docker.com/r/grafana/grafana:11@" + ocitest.SomeDigest, "docker.io/grafana/grafana:11@" + ocitest.SomeDigest, "11"},
		{"https://hub.docker.com/repository/docker/owner/name/general", "docker.io/owner/name:latest", "latest"},
		{"https://hub.docker.com/layers/library/nginx/1.27-Alpine/images/sha256-0a", "docker.io/library/nginx:1.27-Alpine", "1.27-Alpine"},
		{"https://quay.io/repository/keycloak/keycloak?tab=tags", "quay.io/keycloak/keycloak:latest", "latest"},
		{"quay.io/repository/keycloak", "quay.io/repository/keycloak:latest", "latest"},
		{"https://gallery.ecr.aws/docker/library", "public.ecr.aws/docker/library:latest", "latest"},
		{"https://github.com/Owner/Repo/pkgs/container/Name", "ghcr.io/owner/name:latest", "latest"},
		{"https://github.com/owner/repo/pkgs/container/a%2Fb/123?tag=x", "ghcr.io/owner/a/b:latest", "latest"},
		{"https://github.com/orgs/owner/packages/container/package/name", "ghcr.io/owner/name:latest", "latest"},
		{"oci", "docker.io/library/oci:latest", "latest"},
		{"docker:27-dind", "docker.io/library/docker:27-dind", "27-dind"},
		{"oci:/srv/images/x", "oci:/srv/images/x", "latest"},
		{"oci:../x:1.27", "oci:../x:1.27", "1.27"},
		{"oci:x:docker.io/library/nginx:1.27", "oci:x:docker.io/library/nginx:1.27", "1.27"},
		{"oci:x:@" + ocitest.SomeDigest, "oci:x:@" + ocitest.SomeDigest, "7b1a6ab2e44d"},
		{"oci:x:@1", "oci:x:@1", "latest"},
		{"oci-archive:my image.tar", "oci-archive:my image.tar", "latest"},
		{"docker-archive:/tmp/n.tar.gz:nginx:1.27", "docker-archive:/tmp/n.tar.gz:nginx:1.27", "1.27"},
	} {
		r, err := oci.Parse(c.in)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.in, err)
			continue
		}
		if r.String() != c.full || r.Tag() != c.tag {
			t.Errorf("Parse(%q) = %q, tag %q; want %q, tag %q", c.in, r, r.Tag(), c.full, c.tag)
		}
	}
}

func TestParseRefusesWithAHint(t *testing.T) {
	for _, c := range []struct{ in, says string }{
		{"", "empty"},
		{" nginx", "white space"},
		{"ngi\nnx", "not text"},
		{"ngi\x1b[31mnx", "not text"},
		{"oci:\xff", "not text"},
		{"my image", "space"},
		{"Nginx", `did you mean "nginx"`},
		{"ghcr.io/Owner/Name:Tag", "lower case"},
		{"nginx:", "tag"},
		{"nginx:.hidden", `begins with '.'`},
		{"nginx:-x", `begins with '-'`},
		{"nginx:" + strings.Repeat("x", 129), "128"},
		{"nginx@sha256:1234", "64 hexadecimal"},
		{"nginx@" + strings.ToUpper(ocitest.SomeDigest), "64 hexadecimal"},
		{"nginx@sha512:" + strings.Repeat("a", 128), "sha256"},
		{"nginx@" + ocitest.SomeDigest + "@" + ocitest.SomeDigest, "64 hexadecimal"},
		{"ghcr.io/../../etc/passwd", `".."`},
		{"ghcr.io/a//b", `""`},
		{"ghcr.io/a/", `""`},
		{"ghcr.io/-a", `"-a"`},
		{"ghcr.io/a___b", `"a___b"`},
		{"ghcr.io:99999/x", `"99999" is no port`},
		{"ghcr.io:0/x", `"0" is no port`},
		{"ghcr.io?x=y/x", `"ghcr.io?x=y" is no host`},
		{"[::1/x", "is no host"},
		{"[]:5000/x", "is no host"},
		{"-a.example/x", "is no host"},
		{"a:/x", `"" is no port`},
		{"nginx:a+b", `holds '+'`},
		{"ghcr.io/" + strings.Repeat("x", 256), "too many"},
		{"user:pw@ghcr.io/x", "docker login"},
		{"docker://nginx", `write "nginx"`},
		{"https://ghcr.io/o/n", `write "ghcr.io/o/n"`},
		{"https://github.com/o/n", `write "github.com/o/n"`},
		{"https://hub.docker.com", "page of Docker Hub"},
		{"https://hub.docker.com/search?q=nginx", "page of Docker Hub"},
		{"hub.docker.com/u/owner", `write "owner/NAME"`},
		{"https://hub.docker.com/_/", "page of Docker Hub"},
		{"https://hub.docker.com/_/Bad Name", "space"},
		{"https://github.com/pkgs/container/", "cannot be part of a name"},
		{"nginx:${TAG}", "variables such as ${TAG} are not expanded here"},
		{"nginx:$TAG", "variables such as $TAG are not expanded"},
		{"${REGISTRY}/nginx", "variables such as ${REGISTRY} are not"},
		{"ghcr.io/o/n:${TAG:-latest}", "variables such as ${TAG:-latest} are not"},
		{"nginx:$(cat VERSION)", "variables such as $(cat VERSION) are not"},
		{"nginx:{{ tag }}", "variables such as {{ tag }} are not"},
		{"nginx@sha256:${DIGEST}", "variables such as ${DIGEST} are not"},
		{"oci:~/images/x", "~ is not expanded here"},
		{"docker-daemon:nginx:latest", "docker save"},
		{"dir:/x", "not supported"},
		{"oci:", "no path"},
		{"oci::x", "no path"},
		{"docker-archive:x:", "last colon"},
	} {
		r, err := oci.Parse(c.in)
		if err == nil {
			t.Errorf("Parse(%q) = %q; want an error", c.in, r)
			continue
		}
		ocitest.MustSay(t, err, c.says)
		if strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("Parse(%q): the error has control characters: %q", c.in, err)
		}
	}
}

func TestParseDoesNotRepeatALogin(t *testing.T) {
	_, err := oci.Parse("user:hunter2@ghcr.io/o/n")
	ocitest.MustSay(t, err, "ghcr.io/o/n")
	if strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"nginx", "ghcr.io/o/n:tag@" + ocitest.SomeDigest, "[::1]:5000/x", "oci:a:b:c", "docker-archive:x:@1", "oci:x:@" + ocitest.SomeDigest, "localhost/a", "a:b/c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := oci.Parse(s)
		if err != nil {
			return
		}
		again, err := oci.Parse(r.String())
		if err != nil || again != r {
			t.Fatalf("Parse(%q) = %q, which parses as %q, %v", s, r, again, err)
		}
		if r.Tag() == "" {
			t.Fatalf("Parse(%q) has no tag", s)
		}
		if strings.ContainsFunc(r.String(), func(c rune) bool { return c < ' ' }) {
			t.Fatalf("Parse(%q) = %q", s, r)
		}
	})
}
