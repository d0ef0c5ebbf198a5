//go:build e2e

package e2e

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// badImage is an image that cannot be converted.
type badImage struct {
	name string
	make func(t *testing.T, r *registry) // under the repository of that name
	says []string                        // what its message must tell, | between alternatives
}

var badImages = []badImage{
	{"missing", func(*testing.T, *registry) {}, []string{"manifest unknown to this registry"}},
	{"missing-layer", func(t *testing.T, r *registry) {
		l := r.layer(t, file("hello", "never uploaded"))
		r.image(t, "missing-layer", "latest", l)
		delete(r.blobs, l.Digest)
	}, []string{"blob unknown to this registry"}},
	{"forbidden", func(_ *testing.T, r *registry) {
		r.answer("/forbidden/", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusForbidden, "DENIED", "not for you")
		})
	}, []string{"not for you"}},
	{"down", func(_ *testing.T, r *registry) {
		r.answer("/down/", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusServiceUnavailable, "UNAVAILABLE", "we are moving house")
		})
	}, []string{"503", "we are moving house"}},
	{"truncated", func(t *testing.T, r *registry) {
		l := r.layer(t, file("hello", strings.Repeat("hello\n", 1000)))
		r.image(t, "truncated", "latest", l)
		r.blobs[l.Digest] = r.blobs[l.Digest][:l.Size/2]
	}, []string{"layer|blob", "sha256:"}},
	{"other-content", func(t *testing.T, r *registry) {
		l, other := r.layer(t, file("hello", "expected")), r.layer(t, file("hello", "received"))
		r.image(t, "other-content", "latest", l)
		r.blobs[l.Digest] = r.blobs[other.Digest]
	}, []string{"digest|size", "sha256:"}},
	{"other-diff-id", func(t *testing.T, r *registry) {
		l := r.layer(t, file("hello", "diff"))
		l.diffID = digest([]byte("something else"))
		r.image(t, "other-diff-id", "latest", l)
	}, []string{"diffid|diff id|diff_id", digest([]byte("something else"))}},
	{"other-manifest", func(t *testing.T, r *registry) {
		d := r.image(t, "other-manifest", "latest", r.layer(t, file("hello", "manifest")))
		changed := r.manifests["other-manifest@"+d.Digest]
		r.answer("/other-manifest/manifests/", func(w http.ResponseWriter, request *http.Request) {
			w.Header().Set("Content-Type", manifestType)
			w.Header().Set("Docker-Content-Digest", d.Digest)
			_, _ = w.Write(append(changed.data, ' '))
		})
	}, []string{"digest|sha256:"}},
	{"not-gzip", func(t *testing.T, r *registry) {
		junk := []byte("this is no gzip, whatever the manifest says")
		r.upload(junk)
		r.image(t, "not-gzip", "latest", layer{descriptor{MediaType: layerType, Digest: digest(junk), Size: int64(len(junk))}, digest(junk)})
	}, []string{"gzip|compress|tar"}},
	{"dot-dot", func(t *testing.T, r *registry) {
		r.image(t, "dot-dot", "latest", r.layer(t, file("hello", "h"), file("../../../../../../tmp/lxdocker-e2e-escaped", "out")))
	}, []string{"lxdocker-e2e-escaped"}},
	{"bomb", func(t *testing.T, r *registry) {
		r.image(t, "bomb", "latest", r.bomb(t, 16<<30+64<<20)) // in 16 MiB
	}, []string{"--max-unpacked"}},
	{"other-architecture", func(t *testing.T, r *registry) {
		d := r.imageFor(t, "other-architecture", "arm64", "arm64", r.layer(t, file("hello", "arm")))
		d.Platform = &platform{"arm64", "linux"}
		r.put(t, "other-architecture", "latest", indexType, index{2, indexType, []descriptor{d}})
	}, []string{"amd64", "arm64"}},
	{"other-architecture-alone", func(t *testing.T, r *registry) {
		r.imageFor(t, "other-architecture-alone", "latest", "arm64", r.layer(t, file("hello", "arm")))
	}, []string{"amd64", "arm64"}},
	{"windows", func(t *testing.T, r *registry) {
		d := r.image(t, "windows", "w", r.layer(t, file("hello", "win")))
		d.Platform = &platform{"amd64", "windows"}
		r.put(t, "windows", "latest", indexType, index{2, indexType, []descriptor{d}})
	}, []string{"windows", "linux"}},
	{"helm-chart", func(t *testing.T, r *registry) {
		chart, config := []byte("a chart"), []byte(`{"name":"chart"}`)
		r.upload(chart)
		r.upload(config)
		r.put(t, "helm-chart", "latest", manifestType, manifest{2, manifestType,
			descriptor{MediaType: "application/vnd.cncf.helm.config.v1+json", Digest: digest(config), Size: int64(len(config))},
			[]descriptor{{MediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", Digest: digest(chart), Size: int64(len(chart))}},
		})
	}, []string{"helm"}},
	{"schema1", func(t *testing.T, r *registry) {
		r.put(t, "schema1", "latest", "application/vnd.docker.distribution.manifest.v1+prettyjws", map[string]any{"schemaVersion": 1, "name": "schema1"})
	}, []string{"schema"}},
	{"not-json", func(_ *testing.T, r *registry) {
		r.answer("/not-json/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", manifestType)
			_, _ = w.Write([]byte("<html>Sign in to the hotel's network</html>"))
		})
	}, []string{"not-json"}},
}

// TestBadImages converts all of them in one run, among good ones: each fails
// with a message that says which and why, and none does harm to another.
func TestBadImages(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := newRegistry(t)
	s.from(t, "goserver")
	h := func() *hub { s.build(t); return s.serve(t) }()
	for _, b := range badImages {
		b.make(t, r)
		s.write(t, b.name, "image: "+r.host+"/"+b.name+"\n")
	}
	r.image(t, "good", "latest", r.layer(t, file("hello", "hello")))
	s.write(t, "good", "image: "+r.host+"/good\n")
	r.image(t, "empty", "latest") // an image without layers is one
	s.write(t, "empty", "image: "+r.host+"/empty\n")

	o := s.lxdocker(t)
	if o.code != someFailed {
		t.Errorf("the exit code is %d, not %d\n%v", o.code, someFailed, o)
	}
	t.Logf("it took %v, and %v of the processors", o.took, o.cpu)
	if o.cpu > time.Minute {
		t.Error("that is more than bad images may cost")
	}
	for _, b := range badImages {
		t.Run(b.name, func(t *testing.T) {
			message := about(o, b.name)
			outcome{code: o.code, stderr: message}.mustSay(t, someFailed, append(b.says, r.host+"/"+b.name)...)
			t.Log(message)
		})
	}
	mustOffer(t, s, h, "empty", "goserver", "good")
	if left := s.leftovers(t); len(left) > 0 {
		t.Errorf("the failed images left %q in the images folder", left)
	}
	if _, err := os.Lstat("/tmp/lxdocker-e2e-escaped"); err == nil {
		t.Error("a layer has written outside of its image")
	}
}

// about returns what a run says of one image.
func about(o outcome, name string) string {
	_, message, _ := strings.Cut(o.stderr, name+"/amd64: failed: ")
	message, _, _ = strings.Cut(message, "\n")
	return message
}
