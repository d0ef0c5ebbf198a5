package mediatype

import "strings"

// artifacts says what is no image, by a part of the media type of its config or
// its layers.
var artifacts = []struct{ part, name string }{
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
}

// Artifact says in words what a media type of a config or a layer stands for, ""
// if that is not known.
func Artifact(t string) string {
	base := Base(t)
	for _, a := range artifacts {
		if strings.Contains(base, a.part) {
			return a.name
		}
	}
	return ""
}
