package convert

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"lxdocker/internal/block"
	"lxdocker/internal/lxdimage"
)

// FormatVersion grows whenever the same input gives other bytes than before, so
// that an upgrade of lxdocker builds every image anew, once. A test holds what is put
// into every image against testdata/image.txt, which belongs to one version.
const FormatVersion = 9

// Key names the input that the image is a function of, and the rules that its signatures
// satisfy. Two conversions with the same key have the same fingerprint; a published version
// with this key need not be made again.
func (c *Conversion) Key() string {
	level := c.converter.Layers.Codec().Level()
	if c.converter.Format != lxdimage.Squashfs {
		level = "" // it is that of blocks, which no other format has
	}
	text, err := json.Marshal(struct {
		Version      int
		Manifest     string
		Reference    string // stands in the image's properties
		Name         string
		Architecture string
		Format       lxdimage.Format
		Compression  block.Level
		Edits        json.RawMessage
		Busybox      string
		Verified     []string `json:",omitempty"` // changes no byte, but has to be done, and noted
	}{
		FormatVersion, c.source.Digest, c.origin(), c.name(), c.Product.Architecture,
		c.converter.Format, level, c.Edits.Canonical(), c.busybox.sum, c.verified.rules,
	})
	if err != nil {
		panic("convert: a key of strings does not marshal: " + err.Error())
	}
	all := sha256.Sum256(text)
	return hex.EncodeToString(all[:])
}
