package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lxdocker/internal/admin"
	"lxdocker/internal/command"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// hubStore holds two versions of an image that a client asked for, and one of an
// image that has a spec, for two architectures.
func hubStore(t *testing.T) (s store.Store, folder string) {
	t.Helper()
	folder = t.TempDir()
	s, err := dir.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"k1", "k2"} {
		storetest.Tarball(t, s, image.Version{
			Name: "docker.io_library_nginx_latest_0123456789ab", Architecture: "amd64", Hub: true, Key: key,
			Source: "docker.io/library/nginx:latest", Aliases: []string{"nginx", "library/nginx", "docker.io/library/nginx", "docker.io/library/nginx:latest"},
		}, []byte("metadata"), []byte("squashfs "+key), []byte("tarball "+key))
	}
	for _, arch := range []string{"amd64", "arm64"} {
		storetest.Split(t, s, image.Version{Name: "db", Architecture: arch, Source: "docker.io/library/postgres:17"}, []byte("metadata"), []byte(arch))
	}
	return s, folder
}

func lxdocker(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = execute(context.Background(), args, &out, &errs)
	return out.String(), errs.String(), code
}

func TestImagesOfTheHubAreCalledByTheirReferences(t *testing.T) {
	s, folder := hubStore(t)
	for _, args := range [][]string{
		{"pin", "library/nginx"}, {"unpin", "docker.io/library/nginx"}, {"rollback", "nginx", "previous"},
		{"verify", "nginx"}, {"verify", "https://hub.docker.com/_/nginx"}, {"pin", "https://hub.docker.com/r/library/nginx/tags"}, {"pin", "docker.io_library_nginx_latest_0123456789ab"},
	} {
		out, errs, code := lxdocker(t, append(args, "--lxdimages", folder)...)
		if code != command.ExitOK || !strings.Contains(out, "docker.io/library/nginx:latest/amd64") {
			t.Errorf("%v: %d\n%s%s", args, code, out, errs)
		}
	}
	storetest.Split(t, s, image.Version{Name: "nginx", Architecture: "amd64"}, []byte("metadata"), []byte("own"))
	if out, _, _ := lxdocker(t, "pin", "nginx", "--lxdimages", folder); !strings.HasPrefix(out, "nginx/amd64 stays at ") {
		t.Errorf("a spec's image of that name comes first, but pinned was\n%s", out)
	}
}

func TestOneOfSeveralArchitecturesHasToBeNamed(t *testing.T) {
	_, folder := hubStore(t)
	_, errs, code := lxdocker(t, "rollback", "db", "previous", "--lxdimages", folder)
	if code != command.ExitUsage || !strings.Contains(errs, "db is there for amd64 and arm64: name one with --architecture") {
		t.Errorf("it ends with %d:\n%s", code, errs)
	}
	out, _, code := lxdocker(t, "pin", "db", "--lxdimages", folder)
	if code != command.ExitOK || strings.Count(out, "db/") != 2 {
		t.Errorf("pinning it for all ends with %d:\n%s", code, out)
	}
}

func TestTablesFitATerminal(t *testing.T) {
	s, _ := hubStore(t)
	versions := storetest.Versions(t, s)
	for i := range versions {
		versions[i].Files = slices.Clone(versions[i].Files)
		versions[i].Files[0].Size = 999_900_000
	}
	if err := s.Retire(t.Context(), time.Now(), versions[0]); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	printVersions(&out, storetest.Versions(t, s), time.Now())
	printGoing(&out, admin.Pruned{Superseded: versions}, time.Now(), "so much")
	(&report{Versions: []verified{{version: versions[0]}, {version: versions[3]}}}).print(&out, &out, false)
	if n := strings.Index(out.String(), "current"); n > strings.Index(out.String(), "kept") {
		t.Error("the newest is not the current one")
	}
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, " \n")); n > 80 && !strings.Contains(line, "docker.io/library/postgres") {
			t.Errorf("%d columns:\n%s", n, line)
		}
	}
	t.Log("\n" + out.String())
}
