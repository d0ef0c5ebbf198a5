package layer

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
)

// Prefixes of PAX records with extended attributes. star's form, which GNU tar and all
// container tools use, has raw bytes. bsdtar's has base64 without padding and names in
// percent encoding (libarchive, archive_write_set_format_pax.c); bsdtar writes it in
// addition to star's, or alone on request.
const (
	starXattr       = "SCHILY.xattr."
	libarchiveXattr = "LIBARCHIVE.xattr."
)

// xattrsOf returns all extended attributes in PAX records. Package rootfs decides which
// ones an image may have.
func xattrsOf(records map[string]string) (map[string]string, error) {
	var xattrs map[string]string
	set := func(name, value string) {
		if xattrs == nil {
			xattrs = make(map[string]string)
		}
		xattrs[name] = value
	}
	for key, value := range records {
		if name, ok := strings.CutPrefix(key, starXattr); ok {
			set(name, value)
		}
	}
	for key, value := range records {
		encoded, ok := strings.CutPrefix(key, libarchiveXattr)
		if !ok {
			continue
		}
		name, err := url.PathUnescape(encoded)
		if err != nil {
			return nil, fmt.Errorf("decoding the name of extended attribute %q: %w", encoded, err)
		}
		if _, ok := xattrs[name]; ok {
			continue
		}
		raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(value, "="))
		if err != nil {
			return nil, fmt.Errorf("decoding the value of extended attribute %q: %w", name, err)
		}
		set(name, string(raw))
	}
	return xattrs, nil
}
