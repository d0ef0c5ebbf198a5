//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"

	"lxdocker/internal/testenv"
)

// someFailed is the exit code of a run in which some images failed.
const someFailed = 3

// mustSay checks that a run ended with this code and told the reader these
// things, each given as alternatives separated by |.
func (o outcome) mustSay(t *testing.T, code int, things ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("the exit code is %d, not %d\n%v", o.code, code, o)
	}
	for _, thing := range things {
		found := false
		for alternative := range strings.SplitSeq(thing, "|") {
			found = found || strings.Contains(strings.ToLower(o.stderr), strings.ToLower(alternative))
		}
		if !found {
			t.Errorf("standard error does not say %q\n%v", thing, o)
		}
	}
}

// TestFullImagesFolder: an image that does not fit fails, and says why; those
// that are there stay.
func TestFullImagesFolder(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	testenv.SmallDisk(t, s.images, "size=24m")
	s.from(t, "goserver")
	s.build(t)
	h := s.serve(t)
	before := mustOffer(t, s, h, "goserver")["goserver"]

	s.from(t, "goserver", "nginx")
	s.lxdocker(t).mustSay(t, someFailed, "nginx", "no space left on device")
	after := mustOffer(t, s, h, "goserver")["goserver"]
	if before.fingerprint != after.fingerprint {
		t.Errorf("goserver was %s, is %s", before.fingerprint, after.fingerprint)
	}
	if left := s.leftovers(t); len(left) > 0 {
		t.Errorf("the failed image still takes the place: %q", left)
	}
	s.remove(t, "nginx")
	s.build(t)
}

// TestFullCache: as above, when there is no room for the layers.
func TestFullCache(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	testenv.SmallDisk(t, s.cache, "size=32m")
	s.from(t, "goserver")
	s.build(t)
	h := s.serve(t)
	s.from(t, "goserver", "nginx")
	s.lxdocker(t).mustSay(t, someFailed, "nginx", "no space left on device")
	mustOffer(t, s, h, "goserver")
	s.remove(t, "nginx")
	s.build(t)
	mustOffer(t, s, h, "goserver")
}

// TestUnreachableRegistry: what was converted before the registry went away is
// still offered, and images of other registries are still converted.
func TestUnreachableRegistry(t *testing.T) {
	t.Parallel()
	away := newRegistry(t)
	away.image(t, "app", "latest", away.layer(t, file("hello", "hello\n")))
	s := newSite(t)
	s.write(t, "app", "image: "+away.host+"/app\n")
	s.build(t)
	h := s.serve(t)
	before := mustOffer(t, s, h, "app")["app"]

	away.close()
	s.from(t, "goserver")
	s.lxdocker(t).mustSay(t, someFailed, "app", away.host, "connection refused")
	after := mustOffer(t, s, h, "app", "goserver")["app"]
	if before.fingerprint != after.fingerprint {
		t.Errorf("app was %s, is %s", before.fingerprint, after.fingerprint)
	}
	// Also with nothing in the cache the image is not taken away.
	s.forgetCache(t)
	s.lxdocker(t).mustSay(t, someFailed, "app", away.host)
	mustOffer(t, s, h, "app", "goserver")
}

// TestImagesFolderIsAFile: a read-only folder cannot be tried as root, for whom nothing is
// read-only; a file in the folder's place can.
func TestImagesFolderIsAFile(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.from(t, "goserver")
	if err := os.WriteFile(s.images, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.lxdocker(t).mustSay(t, 1, s.images)
}
