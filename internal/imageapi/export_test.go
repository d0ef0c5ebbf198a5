package imageapi_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"lxdocker/internal/image"
)

// download is what clients do with a split image: they read the parts in order,
// and hash them.
func download(t testing.TB, a answer) (parts []string, fingerprint string) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Fatalf("the type is %s, %v", a.header.Get("Content-Type"), err)
	}
	r := multipart.NewReader(strings.NewReader(a.body), parameters["boundary"])
	hash := sha256.New()
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return parts, fmt.Sprintf("%x", hash.Sum(nil))
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(io.TeeReader(p, hash))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, fmt.Sprintf("%s %s %s %s", p.FormName(), p.FileName(), p.Header.Get("Content-Type"), b))
	}
}

func (f *fixture) export(fingerprint string, headers ...string) answer {
	f.t.Helper()
	r := httptest.NewRequest("GET", "/1.0/images/"+fingerprint+"/export", nil)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return f.do(r)
}

func TestASplitImageIsTwoParts(t *testing.T) {
	f := newFixture(t)
	for what, test := range map[string]struct{ fingerprint, extension, rootfs string }{
		"an image with a squashfs": {f.ping.Fingerprint, ".squashfs", "squashfs of ping"},
		"an image with a tarball":  {f.ping.TarballFingerprint, ".tar.gz", "tarball of ping"},
		"a retired version":        {f.old.Fingerprint, ".squashfs", "old squashfs"},
	} {
		t.Run(what, func(t *testing.T) {
			a := f.export(test.fingerprint, "Accept-Encoding: gzip")
			if a.status != 200 || a.header.Get("Content-Length") != strconv.Itoa(len(a.body)) || a.header.Get("Content-Encoding") != "" || a.header.Get("ETag") != `"`+test.fingerprint+`"` {
				t.Errorf("%d, %d bytes, %v", a.status, len(a.body), a.header)
			}
			parts, sum := download(t, a)
			metadata := "metadata"
			if what == "a retired version" {
				metadata = "old metadata"
			}
			want := []string{
				"metadata meta-" + test.fingerprint + ".tar.xz application/octet-stream " + metadata,
				"rootfs " + test.fingerprint + test.extension + " application/octet-stream " + test.rootfs,
			}
			if strings.Join(parts, "\n") != strings.Join(want, "\n") {
				t.Errorf("the parts are\n%s", strings.Join(parts, "\n"))
			}
			if sum != test.fingerprint {
				t.Errorf("they have the fingerprint %s, not %s", sum, test.fingerprint)
			}
			if part := f.export(test.fingerprint[:12]); part.body != a.body || part.header.Get("Cache-Control") != "no-cache" {
				t.Errorf("by its first digits it is %v", part.header)
			}
		})
	}
}

func TestAUnifiedImageIsOneFile(t *testing.T) {
	f := newFixture(t)
	a := f.export(f.uni.Fingerprint)
	if a.status != 200 || a.body != "unified" || a.header.Get("Content-Length") != "7" || a.header.Get("Content-Type") != "application/octet-stream" ||
		a.header.Get("Content-Disposition") != "inline;filename="+f.uni.Fingerprint+".tar.gz" {
		t.Errorf("%d %q, %v", a.status, a.body, a.header)
	}
	_, parameters, err := mime.ParseMediaType(a.header.Get("Content-Disposition"))
	if err != nil || parameters["filename"] != f.uni.Fingerprint+".tar.gz" {
		t.Errorf("clients read the name as %v, %v", parameters, err)
	}
}

func TestRangesAndConditions(t *testing.T) {
	f := newFixture(t)
	fingerprint := f.nginx.Fingerprint
	whole := f.export(fingerprint).body
	size, etag := len(whole), `"`+fingerprint+`"`
	for what, test := range map[string]struct {
		headers []string
		status  int
		body    string
	}{
		"a range over all parts":                         {[]string{"Range: bytes=1-" + strconv.Itoa(size-2)}, 206, whole[1 : size-1]},
		"the last bytes":                                 {[]string{"Range: bytes=-5"}, 206, whole[size-5:]},
		"a resumed download":                             {[]string{"Range: bytes=100-", "If-Range: " + etag}, 206, whole[100:]},
		"a resumed download of a file with another ETag": {[]string{"Range: bytes=100-", `If-Range: "x"`}, 200, whole},
		"If-None-Match with the ETag of the file":        {[]string{"If-None-Match: " + etag}, 304, ""},
		"If-Match with another ETag":                     {[]string{`If-Match: "x"`}, 412, ""},
		"a range of another unit":                        {[]string{"Range: x=1-2"}, 200, whole},
		"a range beyond the end":                         {[]string{"Range: bytes=" + strconv.Itoa(size) + "-"}, 416, "invalid range: failed to overlap\n"},
	} {
		t.Run(what, func(t *testing.T) {
			if a := f.export(fingerprint, test.headers...); a.status != test.status || a.body != test.body {
				t.Errorf("%d %q, want %q", a.status, a.body, test.body)
			}
		})
	}
	if a := f.ask(lxd5, "HEAD", "/1.0/images/"+fingerprint+"/export"); a.status != 200 || a.body != "" || a.header.Get("Content-Length") != strconv.Itoa(size) {
		t.Errorf("HEAD is %d %v", a.status, a.header)
	}
}

// TestAnImageIsExportedByName, as clients ask that pass an image on from one server to
// another.
func TestAnImageIsExportedByName(t *testing.T) {
	f := newFixture(t)
	for name, want := range map[string]image.Version{"nginx": f.nginx, "web": f.nginx, "nginx:1.27": f.nginx, "nginx%2Farm64": f.nginxARM, "uni%2Farmhf": f.uni} {
		a := f.ask(lxd5, "GET", "/1.0/images/"+name+"/export")
		if whole := f.export(want.Fingerprint); a.status != 200 || a.body != whole.body || a.header.Get("ETag") != `"`+want.Fingerprint+`"` {
			t.Errorf("%s is %d %v", name, a.status, a.header)
		} else if a.header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s may be cached, and means another image tomorrow: %v", name, a.header)
		}
	}
	if a := f.ask(incus7, "GET", "/1.0/images/ping/export"); a.header.Get("ETag") != `"`+f.ping.TarballFingerprint+`"` {
		t.Errorf("Incus gets %v", a.header)
	}
	if a := f.ask(lxd5, "GET", "/1.0/images/none/export"); a.status != 404 || !strings.Contains(a.text, `no image "none"`) {
		t.Errorf("what is not there is %d %s", a.status, a.text)
	}
}

// pruning takes all retired versions away when the header of a response leaves.
type pruning struct {
	*httptest.ResponseRecorder
	prune func()
}

func (p pruning) WriteHeader(status int) {
	p.prune()
	p.ResponseRecorder.WriteHeader(status)
}

func TestAPrunedImageArrivesIfItWasBegun(t *testing.T) {
	f := newFixture(t)
	want := f.export(f.old.Fingerprint).body
	w := pruning{httptest.NewRecorder(), func() {
		removed, err := f.store.Prune(t.Context(), f.clock.Now, 0)
		if err != nil || len(removed) != 1 {
			t.Errorf("pruned %d, %v", len(removed), err)
		}
	}}
	f.api().ServeHTTP(w, httptest.NewRequest("GET", "/1.0/images/"+f.old.Fingerprint+"/export", nil))
	if w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %q", w.Code, w.Body)
	}
	if a := f.export(f.old.Fingerprint); a.status != 404 || !strings.Contains(a.text, "no image with the fingerprint") {
		t.Errorf("afterwards it is %d %s", a.status, a.text)
	}
}

// FuzzRange asks for ranges of a split image, which have to be slices of the
// whole.
func FuzzRange(fz *testing.F) {
	f := newFixture(fz)
	v := f.split(image.Version{Name: "big", Architecture: "amd64"}, strings.Repeat("metadata", 1000), strings.Repeat("squashfs", 20_000))
	whole := f.export(v.Fingerprint).body
	h, target := f.api(), "/1.0/images/"+v.Fingerprint+"/export"
	for _, r := range [][2]uint32{{0, 0}, {0, 1 << 20}, {200, 8300}, {150_000, 5}, {8_199, 400}} {
		fz.Add(r[0], r[1])
	}
	fz.Fuzz(func(t *testing.T, begin, length uint32) {
		from := int(begin) % len(whole)
		to := min(from+int(length)%len(whole)+1, len(whole))
		r := httptest.NewRequest("GET", target, nil)
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", from, to-1))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusPartialContent || w.Body.String() != whole[from:to] {
			t.Errorf("bytes %d to %d are %d, %d bytes", from, to, w.Code, w.Body.Len())
		}
	})
}
