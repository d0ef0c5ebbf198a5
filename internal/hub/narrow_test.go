package hub

import (
	"strings"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/image"
)

const someDigest = "sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"

func TestADigestIsOneImageWhateverTagIsWritten(t *testing.T) {
	w := newFixture(t)
	h, end := w.hub(nil)
	defer end()
	var first image.Version
	for i, tag := range strings.Fields("- 1 2 3 made-up x") {
		name := "nginx:" + tag + "@" + someDigest
		if tag == "-" {
			name = "nginx@" + someDigest
		}
		v, err := h.Image(t.Context(), name, "amd64", "c")
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = v
		}
		if p, ok := h.Product(name, "amd64"); v.Name != first.Name || v.Serial != first.Serial || !ok || p != first.Product() {
			t.Errorf("%s is %s %s", name, v.Name, v.Serial)
		}
	}
	if n := len(w.versions); n != 1 {
		t.Errorf("there are %d images", n)
	}
}

// TestWhatNoPatternAllowsAnyMoreIsTakenBack: denied by now, not allowed any more, allowed
// only by a tag, or written as older programs wrote it. Pinned images stay on the disk.
func TestWhatNoPatternAllowsAnyMoreIsTakenBack(t *testing.T) {
	w := newFixture(t)
	taken := []string{
		"docker.io/library/mysql:8", "docker.io/me/app:latest", "docker.io/library/redis@" + someDigest,
		"docker.io/library/nginx:1@" + someDigest, "ghcr.io:443/me/x:latest", "not a reference",
	}
	kept := []string{nginx, "docker.io/library/redis:7", "docker.io/library/nginx@" + someDigest}
	for _, ref := range append(taken, kept...) {
		w.publish(ref, "amd64", time.Now())
	}
	pinned := w.publish("docker.io/library/mysql:9", "amd64", time.Now())
	at := time.Now()
	w.versions[len(w.versions)-1].Pinned = &at
	h, end := w.hub(func(o *Options) {
		o.Policy, _ = NewPolicy([]string{"nginx", "mysql", "redis:*", "ghcr.io/me/*"}, []string{"mysql"})
	})
	defer end()
	of := func(ref string) image.Version {
		return image.Version{Name: image.OnDemand(ref, "amd64").Name, Architecture: "amd64", Source: ref, Hub: true}
	}
	for _, ref := range taken {
		if h.Offers(of(ref)) {
			t.Errorf("%s is still offered", ref)
		}
	}
	for _, ref := range kept {
		if !h.Offers(of(ref)) {
			t.Errorf("%s is not offered", ref)
		}
	}
	if h.Offers(pinned) || !h.Offers(image.Version{Name: "mysql", Architecture: "amd64", Source: "docker.io/library/mysql:8"}) {
		t.Error("a pinned image is offered, or one of a spec is not")
	}
	soon(t, "they are gone", func() bool {
		left := 0
		all, _ := w.Versions()
		for _, v := range all {
			if v.Retired == nil {
				left++
			}
		}
		return left == len(kept)+1
	})
}

func TestTroubleOfTheStoreIsNotForClients(t *testing.T) {
	w := newFixture(t)
	h, end := w.hub(nil)
	defer end()
	w.set(func() { w.err = failure.New(failure.Unavailable, errPath("/srv/private")) })
	if _, err := h.Image(t.Context(), "nginx", "amd64", "c"); failure.PublicText(err) != "" {
		t.Errorf("clients are told %q", failure.PublicText(err))
	}
	if _, err := h.Image(t.Context(), "me/x", "amd64", "c"); !strings.Contains(failure.PublicText(err), "docker.io/me/x:latest is none of the images") {
		t.Errorf("they are not told what is not allowed: %v", err)
	}
}

type errPath string

func (e errPath) Error() string { return "open " + string(e) + ": permission denied" }
