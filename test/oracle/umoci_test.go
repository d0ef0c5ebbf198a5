package oracle_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

// umoci unpacks with Debian's umoci, from an OCI layout that is made for it.
func umoci(dir string, blobs []blob) (string, error) {
	layout := filepath.Join(dir, "layout")
	if err := writeLayout(layout, blobs); err != nil {
		return "", err
	}
	bundle := filepath.Join(dir, "bundle")
	out, err := exec.Command("umoci", "unpack", "--image", layout+":latest", bundle).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("umoci: %w\n%s", err, out)
	}
	return filepath.Join(bundle, "rootfs"), nil
}

// writeLayout writes an OCI image layout with one image, "latest", made of the
// layers (OCI image specification, image-layout.md).
func writeLayout(dir string, blobs []blob) error {
	if err := os.MkdirAll(filepath.Join(dir, "blobs", "sha256"), 0o755); err != nil {
		return err
	}
	type object = map[string]any
	var err error
	put := func(mediaType string, data []byte) object {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "blobs", "sha256", digestOf(data)[7:]), data, 0o644)
		}
		return object{"mediaType": mediaType, "digest": digestOf(data), "size": len(data)}
	}
	marshal := func(o object) []byte {
		data, e := json.Marshal(o)
		if err == nil {
			err = e
		}
		return data
	}
	layers, diffIDs := []object{}, []string{}
	for _, b := range blobs {
		layers = append(layers, put("application/vnd.oci.image.layer.v1.tar+gzip", b.compressed))
		diffIDs = append(diffIDs, digestOf(b.archive))
	}
	config := put("application/vnd.oci.image.config.v1+json", marshal(object{
		"architecture": "amd64", "os": "linux", "config": object{},
		"rootfs": object{"type": "layers", "diff_ids": diffIDs},
	}))
	manifest := put("application/vnd.oci.image.manifest.v1+json", marshal(object{"schemaVersion": 2, "config": config, "layers": layers}))
	manifest["annotations"] = object{"org.opencontainers.image.ref.name": "latest"}
	index := marshal(object{"schemaVersion": 2, "manifests": []object{manifest}})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "index.json"), index, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`), 0o644)
}

func TestRandomStacksAreAsUmociUnpacksThem(t *testing.T) {
	needRoot(t, 0o022)
	rapid.Check(t, func(t *rapid.T) { check(t, genStack(some, some, false).Draw(t, "stack"), umoci) })
}
