package image

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxReadable is how many bytes of an on-demand image's name are for people.
const maxReadable = 120

// OnDemand is the product that a reference in full is published as when no spec
// has it. Its name begins with what people recognise; the sum makes that unique.
func OnDemand(ref, architecture string) Product {
	readable := strings.NewReplacer("/", "_", ":", "_", "@", "_").Replace(ref)
	sum := sha256.Sum256([]byte(ref))
	return Product{
		Name:         readable[:min(len(readable), maxReadable)] + "_" + hex.EncodeToString(sum[:6]),
		Architecture: architecture,
	}
}
