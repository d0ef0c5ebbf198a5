package oci

import (
	"io"
	"strings"
	"testing"
)

func TestAMirrorIsAskedInPlaceOfARegistry(t *testing.T) {
	for name, as := range map[string]string{"Docker Hub": "docker.io", "another one": "quay.io", "one with a port": "registry.invalid:5000"} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.push(t, "library/x", "1", recipe{layers: [][]byte{tarOf(t, "a", []byte("1"))}}.bake(t))
			host, _, _ := strings.Cut(l.ref(t, "library/x:1").String(), "/")
			c := newTestClient(t, func(o *Options) { o.Mirrors = []string{as + "=" + host} })
			ref, err := Parse(as + "/library/x:1")
			if err != nil {
				t.Fatal(err)
			}
			img, err := c.Resolve(t.Context(), ref, amd64)
			if err != nil {
				t.Fatal(err)
			}
			if img.Reference != ref {
				t.Errorf("it is called %s", img.Reference)
			}
			body, err := img.Open(t.Context(), img.Layers[0])
			if err != nil {
				t.Fatal(err)
			}
			defer body.Close()
			if n, err := io.Copy(io.Discard, body); err != nil || n != img.Layers[0].Size {
				t.Errorf("the layer has %d bytes (%v)", n, err)
			}
		})
	}
}

func TestWrongMirrors(t *testing.T) {
	for _, text := range []string{"", "docker.io", "=x", "docker.io=", "docker.io=https://x", "a/b=c", "docker.io=u@h", "docker.io=h:"} {
		if _, err := NewClient(Options{CacheDir: t.TempDir(), Mirrors: []string{text}}); err == nil || !strings.Contains(err.Error(), "write REGISTRY=HOST") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
