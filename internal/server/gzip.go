package server

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// document is a text in the two forms it is sent in. Having both ready makes
// HEAD, Range and the entity tags of the compressed one as right as those of
// the plain one, which compressing while sending does not.
type document struct {
	plain, zipped       []byte
	plainTag, zippedTag string // strong: each form has its own
}

func newDocument(text []byte) (*document, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(text)
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return &document{
		plain: text, plainTag: fmt.Sprintf(`"%x"`, sha256.Sum256(text)),
		zipped: b.Bytes(), zippedTag: fmt.Sprintf(`"%x-gzip"`, sha256.Sum256(text)),
	}, nil
}

// acceptsGzip reads Accept-Encoding (RFC 9110, section 12.5.3).
func acceptsGzip(h http.Header) bool {
	accepted := false
	for coding := range strings.SplitSeq(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		name, parameters, _ := strings.Cut(coding, ";")
		good := quality(parameters) > 0
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip", "x-gzip":
			return good // said by name: it counts more than a star
		case "*":
			accepted = good
		}
	}
	return accepted
}

// quality is the weight in the parameters of a coding, 1 if there is none.
func quality(parameters string) float64 {
	name, value, _ := strings.Cut(strings.TrimSpace(parameters), "=")
	if !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return 0
	}
	return q
}
