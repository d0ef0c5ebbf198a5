package bomb

import (
	"bytes"
	"strings"
)

// Manifests are documents of much JSON, by what is much of in them.
func Manifests() map[string][]byte {
	return map[string][]byte{
		"layers":  []byte(`{"schemaVersion":2,"config":{},"layers":[` + strings.Repeat(`{},`, 1_390_000) + `{}]}`),
		"deep":    bytes.Repeat([]byte("["), 4<<20),
		"entries": []byte(`{"schemaVersion":2,"manifests":[` + strings.Repeat(`{},`, 1_390_000) + `{}]}`),
	}
}

// Configs are configs of much JSON.
func Configs() map[string][]byte {
	return map[string][]byte{
		"env":     []byte(`{"config":{"Env":[` + strings.Repeat(`"",`, 2_700_000) + `""]}}`),
		"volumes": []byte(`{"config":{"Volumes":{` + strings.Repeat(`"":0,`, 1_600_000) + `"":0}}}`),
		"diffids": []byte(`{"rootfs":{"diff_ids":[` + strings.Repeat(`"",`, 2_700_000) + `""]}}`),
	}
}

// Blank is white space that says a number, so that a document has another digest.
func Blank(n int) []byte {
	b := []byte{'\n'}
	for ; n > 0; n >>= 1 {
		b = append(b, " \t"[n&1])
	}
	return b
}
