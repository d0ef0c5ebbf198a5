package oci

import "strings"

// Media types of manifests: OCI image-spec 1.1 media-types.md, Docker image
// manifest v2 schema 2.
const (
	typeOCIIndex       = "application/vnd.oci.image.index.v1+json"
	typeOCIManifest    = "application/vnd.oci.image.manifest.v1+json"
	typeDockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
	typeDockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	typeSchema1        = "application/vnd.docker.distribution.manifest.v1+" // json or prettyjws

	typeOCIConfig    = "application/vnd.oci.image.config.v1+json"
	typeDockerConfig = "application/vnd.docker.container.image.v1+json"

	typeTar     = "application/vnd.oci.image.layer.v1.tar"
	typeTarGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
	typeTarZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
)

// acceptManifests is what a registry may answer a request for a manifest with.
var acceptManifests = strings.Join([]string{typeOCIIndex, typeOCIManifest, typeDockerList, typeDockerManifest}, ", ")

func isIndexType(t string) bool { return t == typeOCIIndex || t == typeDockerList }

func isManifestType(t string) bool { return t == typeOCIManifest || t == typeDockerManifest }

// isLayerType reports whether a blob of this media type is a file system layer:
// a tar, plain or compressed by gzip or zstd. Foreign and nondistributable ones
// are, too; some registries do hold them.
func isLayerType(t string) bool {
	for _, prefix := range []string{
		"application/vnd.oci.image.layer.v1.tar",
		"application/vnd.oci.image.layer.nondistributable.v1.tar",
	} {
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			return rest == "" || rest == "+gzip" || rest == "+zstd"
		}
	}
	for _, prefix := range []string{
		"application/vnd.docker.image.rootfs.diff.tar",
		"application/vnd.docker.image.rootfs.foreign.diff.tar",
	} {
		if rest, ok := strings.CutPrefix(t, prefix); ok {
			return rest == "" || rest == ".gzip" || rest == ".zstd"
		}
	}
	return false
}

// isForeignType reports whether a layer may be missing in the registry, to be
// fetched from the URLs in its descriptor.
func isForeignType(t string) bool {
	return strings.Contains(t, ".nondistributable.") || strings.Contains(t, ".foreign.")
}

// artifactName says in words what a media type of a config or a layer stands
// for, "" if that is not known.
func artifactName(t string) string {
	for _, known := range []struct{ part, name string }{
		{"vnd.cncf.helm.", "a Helm chart"},
		{"vnd.in-toto", "an attestation"},
		{"vnd.dev.cosign.", "a cosign signature"},
		{"vnd.dev.sigstore.", "a sigstore signature"},
		{"vnd.docker.plugin.", "a Docker plugin"},
		{"vnd.wasm.", "a WebAssembly module"},
		{"vnd.module.wasm.", "a WebAssembly module"},
		{"vnd.sylabs.sif.", "a Singularity image"},
		{"vnd.cncf.openpolicyagent.", "a policy"},
		{"vnd.ollama.", "a language model"},
		{"vnd.docker.ai.", "a language model"},
		{"spdx", "a bill of materials"},
		{"cyclonedx", "a bill of materials"},
		{"vnd.oci.empty.", "an artifact that has no config"},
	} {
		if strings.Contains(t, known.part) {
			return known.name
		}
	}
	return ""
}
