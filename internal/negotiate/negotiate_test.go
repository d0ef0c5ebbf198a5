package negotiate_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"lxdocker/internal/document"
	"lxdocker/internal/negotiate"
)

var text = strings.Repeat("some text that is not too short. ", 40)

func get(header http.Header, tagged bool) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header = header
	w := httptest.NewRecorder()
	negotiate.Serve(w, r, document.New([]byte(text)), tagged)
	return w
}

func accept(codings string) http.Header { return http.Header{"Accept-Encoding": {codings}} }

func TestWhatClientsAccept(t *testing.T) {
	for codings, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip;q=0": "", "br, gzip;q=0.1": "gzip", "*": "gzip", "*;q=0": "",
		"gzip;q=0, *": "", "identity": "", "X-GZIP": "gzip", "gzip;q=x": "",
	} {
		w := get(accept(codings), true)
		body := io.Reader(w.Body)
		if size := strconv.Itoa(w.Body.Len()); w.Header().Get("Content-Length") != size || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%q: %v of %s bytes", codings, w.Header(), size)
		}
		if w.Header().Get("Content-Encoding") != want {
			t.Errorf("%q: %v", codings, w.Header())
		}
		if want == "gzip" {
			var err error
			if body, err = gzip.NewReader(bytes.NewReader(w.Body.Bytes())); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := io.ReadAll(body); string(got) != text || err != nil {
			t.Errorf("%q: %.20q, %v", codings, got, err)
		}
	}
}

func TestWhoHasADocumentGetsNone(t *testing.T) {
	plain, packed := get(nil, true).Header().Get("ETag"), get(accept("gzip"), true).Header().Get("ETag")
	if plain == packed || plain == "" || packed == "" {
		t.Fatalf("the tags are %s and %s", plain, packed)
	}
	for _, test := range []struct {
		tag, codings string
		status       int
	}{{plain, "", 304}, {packed, "gzip", 304}, {plain, "gzip", 200}, {packed, "", 200}, {`"x"`, "", 200}} {
		header := accept(test.codings)
		header.Set("If-None-Match", test.tag)
		if w := get(header, true); w.Code != test.status || w.Code == 304 && w.Body.Len() > 0 {
			t.Errorf("%+v: %d with %d bytes", test, w.Code, w.Body.Len())
		}
	}
	if w := get(nil, false); w.Header().Get("ETag") != "" || w.Body.String() != text {
		t.Errorf("without a tag: %v", w.Header())
	}
}

func TestRanges(t *testing.T) {
	for _, from := range []int{0, 1, 500, len(text) - 3} {
		w := get(http.Header{"Range": {fmt.Sprintf("bytes=%d-%d", from, from+2)}}, true)
		if w.Code != 206 || w.Body.String() != text[from:from+3] {
			t.Errorf("from %d: %d %q", from, w.Code, w.Body)
		}
	}
}
