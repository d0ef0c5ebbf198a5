package registry

import (
	"bytes"
	"net/http"
	"testing"

	"lxdocker/internal/oci/ocitest"
)

// TestACompressedLayerIsNotUnpackedTwice: what is compressed itself looks as if it was
// compressed for the way, and may be that as well.
func TestACompressedLayerIsNotUnpackedTwice(t *testing.T) {
	for name, send := range map[string]func(w http.ResponseWriter, b []byte){
		"labelled, with its length": sized,
		"labelled, and chunked": func(w http.ResponseWriter, b []byte) {
			w.(http.Flusher).Flush()
			w.Write(b)
		},
		"compressed once more": func(w http.ResponseWriter, b []byte) { sized(w, ocitest.Gzip(t, b)) },
		"compressed once more, and chunked": func(w http.ResponseWriter, b []byte) {
			w.(http.Flusher).Flush()
			w.Write(ocitest.Gzip(t, b))
		},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			b := ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "big", ocitest.Noise(300_000, 1))}}.Bake(t)
			reg.push(t, "x", "latest", b)
			if b.Layers[0][0] != 0x1f {
				t.Fatal("the layer is not compressed")
			}
			img, err := newTestClient(t).Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
			if err != nil {
				t.Fatal(err)
			}
			reg.inject(at(http.MethodGet, "/blobs/", answers(t, func(w http.ResponseWriter, _ *http.Request, b []byte) {
				w.Header().Set("Content-Encoding", "gzip")
				send(w, b)
			})))
			got, err := ocitest.Read(t, img, img.Layers[0])
			if err != nil || !bytes.Equal(got, b.Layers[0]) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
		})
	}
	t.Run("in a coding that was not requested", func(t *testing.T) {
		reg := newServer(t)
		_, _, err := download(t, reg, newTestClient(t), answers(t, func(w http.ResponseWriter, _ *http.Request, b []byte) {
			w.Header().Set("Content-Encoding", "br")
			sized(w, b[:100])
		}))
		ocitest.MustSay(t, err, `in the content coding "br", which was not requested`)
	})
}
