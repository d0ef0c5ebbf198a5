package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/build"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/server/servertest"
	"lxdocker/internal/testenv"
)

// specServer is an imgserver that builds the images of specs once a year, and when something
// changes.
type specServer struct {
	*hubs
	folder string
}

func newSpecServer(t *testing.T, args ...string) *specServer {
	t.Helper()
	testenv.NeedsProgram(t, "busybox", "busybox-static")
	f := &specServer{hubs: &hubs{t: t, registry: newRegistry(t), images: filepath.Join(t.TempDir(), "images")}, folder: t.TempDir()}
	f.registry.push("latest", ocitest.Recipe{}.Bake(t))
	f.write("app.yaml", "image: "+f.registry.host+"/library/app\n")
	f.each = []*servertest.Process{started(t, f.images, append(args, "--specs", f.folder, "--cache", filepath.Join(t.TempDir(), "cache"))...)}
	f.within("the first build", func() bool { return len(f.published()) == 1 })
	return f
}

func (f *specServer) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.folder, name), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func TestASpecThatChangesIsBuiltAtOnce(t *testing.T) {
	m := newServiceManager(t)
	f := newSpecServer(t, "--schedule", "0 0 1 1 *")
	f.write("db.yaml", "image: "+f.registry.host+"/library/app\ndescription: a database\n")
	f.within("the image of a new spec", func() bool { return len(f.published()) == 2 })
	f.write("app.yaml", "image: "+f.registry.host+"/library/app\ndescription: another\n")
	f.within("the image of a spec that has changed", func() bool { return len(f.published()) == 3 })
	m.hears("(images: 2); specs: built at ")
	if log := f.each[0].Log.String(); strings.Count(log, "files have changed beside the specs") > 4 {
		t.Errorf("it builds because it builds:\n%s", log)
	}
}

func TestWhenSpecsAreBuiltIsSaidShortly(t *testing.T) {
	now := time.Date(2026, 11, 30, 17, 20, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		at   build.Progress
		want string
	}{
		"before the first run":   {want: "specs: not built yet"},
		"during the first run":   {at: build.Progress{Running: true}, want: "specs: not built yet, being built now"},
		"between runs":           {at: build.Progress{Ended: now.Add(-time.Hour), Next: now.Add(time.Hour)}, want: "specs: built at 16:20, again at 18:20"},
		"after some failed":      {at: build.Progress{Ended: now, Failed: 2, Next: now.Add(24 * time.Hour)}, want: "specs: built at 17:20, 2 failed, again at 2026-12-01 17:20"},
		"during one of the runs": {at: build.Progress{Ended: now, Running: true, Next: now}, want: "specs: built at 17:20, being built now"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &builds{}
			b.note(test.at)
			if got := b.status(now); got != test.want {
				t.Errorf("it is %q, not %q", got, test.want)
			}
		})
	}
}
