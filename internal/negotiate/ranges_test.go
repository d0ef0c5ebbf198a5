package negotiate_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/negotiate"
)

// TestRangesOfTheStandard are those of RFC 9110, section 14, of ten bytes.
func TestRangesOfTheStandard(t *testing.T) {
	const all = "0123456789"
	for asked, want := range map[string]struct {
		status      int
		body, place string
	}{
		"bytes=2-4":                      {206, "234", "bytes 2-4/10"},
		"Bytes=2-4":                      {206, "234", "bytes 2-4/10"},
		"bytes=002-04":                   {206, "234", "bytes 2-4/10"},
		"bytes= 2-4 ,":                   {206, "234", "bytes 2-4/10"},
		"bytes=8-":                       {206, "89", "bytes 8-9/10"},
		"bytes=8-100":                    {206, "89", "bytes 8-9/10"},
		"bytes=8-9999999999999999999999": {206, "89", "bytes 8-9/10"},
		"bytes=-2":                       {206, "89", "bytes 8-9/10"},
		"bytes=-99999999999999999999":    {206, all, "bytes 0-9/10"},
		"bytes=-0, 3-3":                  {206, "3", "bytes 3-3/10"},
		"bytes=20-30, 3-3":               {206, "3", "bytes 3-3/10"},
		"bytes=-0":                       {416, "", "bytes */10"},
		"bytes=10-":                      {416, "", "bytes */10"},
		"bytes=99999999999999999999-":    {416, "", "bytes */10"},
		"bytes=4-2":                      {416, "", "bytes */10"},
		"bytes=99999999999999999999-5":   {416, "", "bytes */10"},
		"bytes=":                         {416, "", "bytes */10"},
		"bytes=-":                        {416, "", "bytes */10"},
		"bytes=a-b":                      {416, "", "bytes */10"},
		"bytes=1":                        {416, "", "bytes */10"},
		"bytes=+1-2":                     {416, "", "bytes */10"},
		"blocks=2-4":                     {200, all, ""},
		"lines=last":                     {200, all, ""},
		"bytes":                          {200, all, ""},
		"":                               {200, all, ""},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := httptest.NewRequest(method, "/", nil)
			r.Header.Set("Range", asked)
			w := httptest.NewRecorder()
			negotiate.Content(w, r, time.Time{}, strings.NewReader(all), 10)
			if method == "HEAD" { // ranges are of GET alone
				if w.Code != http.StatusOK || w.Body.Len() > 0 || w.Header().Get("Content-Length") != "10" {
					t.Errorf("HEAD of %q is %d %v", asked, w.Code, w.Header())
				}
			} else if w.Code != want.status || w.Code < 400 && w.Body.String() != want.body || w.Header().Get("Content-Range") != want.place {
				t.Errorf("%q is %d %q, %v", asked, w.Code, w.Body, w.Header())
			}
			if r.Header.Get("Range") != asked {
				t.Errorf("%q: the request was changed", asked)
			}
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Range", "bytes=0-0,9-9")
	w := httptest.NewRecorder()
	negotiate.Content(w, r, time.Time{}, strings.NewReader(all), 10)
	if w.Code != 206 || !strings.HasPrefix(w.Header().Get("Content-Type"), "multipart/byteranges") {
		t.Errorf("two ranges are %d %v", w.Code, w.Header())
	}
}
