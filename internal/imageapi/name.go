package imageapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"lxdocker/internal/arch"
	"lxdocker/internal/catalog"
)

// longestName is in bytes. A reference with registry, tag and digest has about
// 350; the store's aliases have at most 255.
const longestName = 512

// name is what somebody calls an image.
type name struct {
	whole string
	base  string // whole without "/ARCH"
	arch  string // what that ARCH means, in LXD's words; "" if there is none
}

// parseName reads a name out of a path. Clients escape slashes, and leave ":"
// and "@" alone (Go's url.PathEscape, LXD client/lxd_images.go); reverse proxies
// may have unescaped all of it.
func parseName(escaped string) (name, error) {
	if len(escaped) > 3*longestName { // all of it escaped
		return name{}, errNameLength
	}
	whole, err := url.PathUnescape(escaped)
	if err != nil {
		return name{}, errNameText
	}
	odd := func(r rune) bool { return !unicode.IsPrint(r) } // for people's terminals, more than control characters
	switch {
	case whole == "":
		return name{}, errNameEmpty
	case len(whole) > longestName:
		return name{}, errNameLength
	case !utf8.ValidString(whole) || strings.IndexFunc(whole, odd) >= 0:
		return name{}, errNameText
	}
	n := name{whole: whole, base: whole}
	if i := strings.LastIndexByte(whole, '/'); i > 0 {
		if a, ok := arch.ByClientName(whole[i+1:]); ok {
			n.base, n.arch = whole[:i], a.Name
		}
	}
	return n, nil
}

// A name that no image can have is not there: clients ask whether one is, and pylxd
// takes 404 alone for a no.
var (
	errNameEmpty  = refusal{status: http.StatusNotFound, text: "the name of an image is missing: say REMOTE:NAME"}
	errNameLength = refusal{status: http.StatusNotFound, text: fmt.Sprintf("the name of the image is longer than %d bytes", longestName)}
	errNameText   = refusal{status: http.StatusNotFound, text: "the name of the image has characters that names do not have"}
)

// fingerprintDigits is the length of a fingerprint. Fewer digits mean one as well, if
// they are enough not to be a word: LXD and Incus show twelve.
const fingerprintDigits = 64

// isFingerprint says whether a word can be a fingerprint or the beginning of one, and
// no spec is called so. The hub is never asked for such a word: what it means would
// depend on the fingerprints that there are.
func isFingerprint(c *catalog.Catalog, word string) bool {
	return catalog.IsFingerprint(word) && (len(word) == fingerprintDigits || !c.Claimed(word))
}
