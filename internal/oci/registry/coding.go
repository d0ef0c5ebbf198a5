package registry

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"lxdocker/internal/failure"
	"lxdocker/internal/mediatype"
)

// packing says whether a blob itself begins as what is compressed does: a layer mostly,
// a config never.
type packing bool

const (
	plain      packing = false
	compressed packing = true
)

// packingOf is that of a layer.
func packingOf(mediaType string) packing {
	return packing(!strings.HasSuffix(mediatype.Base(mediaType), ".tar"))
}

// decode takes a content coding off a response, and says whether it did. We ask for
// none, but some servers compress all they send, and some label a compressed layer as
// if it was compressed for the way (RFC 9110, section 8.4). These are told apart by the
// length or, without one, by what is inside: a layer that is compressed once is sent as
// it is.
func (p packing) decode(resp *http.Response, size int64, host string) (bool, error) {
	coding := strings.ToLower(resp.Header.Get("Content-Encoding"))
	switch {
	case coding == "" || coding == "identity" || resp.ContentLength == size:
		return false, nil
	case coding != "gzip" && coding != "x-gzip":
		return false, failure.Publicf(failure.Corrupt, "%s sends it in the content coding %q, which was not requested", host, coding)
	}
	head := bufio.NewReaderSize(resp.Body, 64<<10)
	body := struct {
		io.Reader
		io.Closer
	}{head, resp.Body}
	begin, err := head.Peek(4 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, failure.New(failure.Unavailable, fmt.Errorf("reading from %s: %w", host, err))
	}
	once := resp.ContentLength < 0 && p == compressed && !packed(inside(begin))
	if mediatype.Sniff(begin) != mediatype.Gzip || once {
		resp.Body = body
		return false, nil
	}
	z, err := gzip.NewReader(head)
	if err != nil {
		return false, failure.New(failure.Unavailable, fmt.Errorf("reading from %s: it is labelled as gzip: %w", host, err))
	}
	resp.Body, resp.ContentLength = &decoded{z, resp.Body}, -1
	return true, nil
}

// inside is the beginning of what is in what begins so, if that is gzip.
func inside(begin []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(begin))
	if err != nil {
		return nil
	}
	first := make([]byte, mediatype.SniffLen)
	n, _ := io.ReadFull(z, first)
	return first[:n]
}

func packed(begin []byte) bool { return mediatype.Sniff(begin) != mediatype.Uncompressed }

// decoded is a body without its coding.
type decoded struct {
	*gzip.Reader
	body io.Closer
}

func (d *decoded) Close() error { return d.body.Close() }
