package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"lxdocker/internal/block"
	"lxdocker/internal/lxdimage"
	"lxdocker/internal/oci"
	"lxdocker/internal/spec"
)

// FormatVersion grows whenever the same input gives other bytes than before, so
// that an upgrade of lxdocker builds every image anew, once.
const FormatVersion = 4

// key names the input an image is a function of. Two builds with the same key
// have the same fingerprint; a published version with this key need not be made
// again.
func key(source *oci.Image, s spec.Spec, arch string, format lxdimage.Format, level block.Level, busybox []byte) string {
	if format != lxdimage.Squashfs {
		level = "" // it is that of blocks, which no other format has
	}
	sum := sha256.Sum256(busybox)
	text, err := json.Marshal(struct {
		Version      int
		Manifest     string
		Reference    string // stands in the image's properties
		Name         string
		Architecture string
		Format       lxdimage.Format
		Compression  block.Level
		Spec         json.RawMessage
		Busybox      string
	}{FormatVersion, source.Digest, source.Reference.String(), s.Name, arch, format, level, s.Canonical(), hex.EncodeToString(sum[:])})
	if err != nil {
		panic("build: a key of strings does not marshal: " + err.Error())
	}
	all := sha256.Sum256(text)
	return hex.EncodeToString(all[:])
}
