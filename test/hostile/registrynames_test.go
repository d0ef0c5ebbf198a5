package hostile

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/mediatype"
	"lxdocker/test/hostile/bomb"
)

func pause() { time.Sleep(50 * time.Millisecond) }

// TestARegistryGetsNoLayerOfAnotherByItsDigest: its manifest names a layer that the server
// has in its cache from elsewhere.
func TestARegistryGetsNoLayerOfAnotherByItsDigest(t *testing.T) {
	t.Parallel()
	good, evil := newShelf(t), newShelf(t)
	l := bomb.NewLayer()
	l.File("secret", []byte("secret"))
	secret := l.Done()
	good.Image("app", secret)
	digest := good.DigestOf("app")
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/blobs/") {
			return // it has everything, it says
		}
		if r.Method == http.MethodHead && strings.HasPrefix(r.URL.Path, "/v2/claim/") {
			w.Header().Set("Docker-Content-Digest", digest)
			return
		}
		evil.ServeHTTP(w, r)
	}))
	defer liar.Close()
	host := strings.TrimPrefix(liar.URL, "http://")
	v := newVictim(t, good, "--on-demand", host+"/*")
	if got, _ := v.named(good.host + "/app"); got != good.host+"/app:latest" {
		t.Fatalf("the image is %s", got)
	}
	config := bomb.Encode(map[string]any{"architecture": "amd64", "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{secret.DiffID}}})
	evil.Manifest("steal", bomb.Blob{bomb.Encode(map[string]any{
		"schemaVersion": 2, "mediaType": mediatype.OCIManifest,
		"layers": []any{map[string]any{"mediaType": secret.MediaType, "digest": good.Put(secret.Blob()), "size": secret.Blob().Len()}},
		"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": evil.Put(bomb.Blob{config}), "size": len(config)},
	})})
	for _, name := range []string{"steal", "claim", "steal@" + digest, "claim:x"} {
		got, _ := v.named(host + "/" + name)
		if !strings.HasPrefix(got, "refused: ") {
			t.Errorf("%s is %s", name, got)
		}
		t.Logf("by %s the attacker got: %s", name, got)
	}
	// The other repository of an honest registry has it no more than the liar.
	if got, _ := v.named(good.host + "/other@" + digest); strings.HasPrefix(got, "refused: ") {
		t.Logf("under another name of the same registry: %s", got)
	}
}
