package hostile

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"lxdocker/internal/mediatype"
	"lxdocker/test/hostile/bomb"
)

func TestARegistryThatClaimsAnySizeMakesNobodysImageGo(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for i := range 4 {
		s.noise(fmt.Sprint("app", i), i+1, 100_000)
	}
	layer := bomb.NewLayer()
	layer.File("file", []byte("x"))
	blob := layer.Done().Blob()
	config := bomb.Blob{bomb.Encode(map[string]any{"architecture": "amd64", "os": "linux", "rootfs": map[string]any{"type": "layers", "diff_ids": []string{layer.Done().DiffID}}})}
	for i, size := range []int64{1 << 62, 1 << 50, 1 << 40, 1 << 20} {
		s.Manifest(fmt.Sprint("claim", i), bomb.Blob{bomb.Encode(map[string]any{
			"schemaVersion": 2, "mediaType": mediatype.OCIManifest,
			"config": map[string]any{"mediaType": mediatype.OCIConfig, "digest": s.Put(config), "size": config.Len()},
			"layers": []any{
				map[string]any{"mediaType": layer.Done().MediaType, "digest": s.Put(blob), "size": size},
			},
		})})
	}
	v := newVictim(t, s, "--images-size", "9M")
	for i := range 4 {
		if a := v.ask(fmt.Sprint("app", i)); a.status != 200 {
			t.Fatal(a)
		}
	}
	before, _ := filepath.Glob(v.dir + "/images/images/*/*/*")
	layers, _ := filepath.Glob(v.dir + "/cache/layers/*/blocks")
	var told []string
	for i := range 4 {
		a := v.ask(fmt.Sprint("claim", i))
		if a.status == 200 || strings.Contains(a.text, v.dir) {
			t.Error(a)
		}
		told = append(told, fmt.Sprint(a.status, " ", a.text))
	}
	after, _ := filepath.Glob(v.dir + "/images/images/*/*/*")
	left, _ := filepath.Glob(v.dir + "/cache/layers/*/blocks")
	if len(before) != 4 || len(after) != 4 || len(layers) != 4 || len(left) != 4 {
		t.Errorf("of %v and %d layers there are %v and %d", before, len(layers), after, len(left))
	}
	t.Logf("the attacker got: %s", strings.Join(told, "; "))
}
