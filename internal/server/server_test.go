package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/store/storetest"
)

// fixture is a server over a store with one image, without TLS.
type fixture struct {
	t     *testing.T
	dir   string
	store store.Store
	log   *bytes.Buffer // to be read when no request is running
	http  *httptest.Server
	image image.Version
}

func rootfsBytes() []byte { return bytes.Repeat([]byte("0123456789abcdef"), 10_000) }

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: filepath.Join(t.TempDir(), "images"), log: &bytes.Buffer{}}
	clock := storetest.NewClock()
	f.store = openStore(t, f.dir, dir.WithClock(clock.Time))
	f.image = f.publish("nginx", "web")
	f.http = httptest.NewServer(server.New(server.Options{Store: f.store, Log: slog.New(slog.NewTextHandler(f.log, nil))}))
	t.Cleanup(f.http.Close)
	return f
}

func openStore(t testing.TB, folder string, options ...dir.Option) store.Store {
	t.Helper()
	s, err := dir.Open(folder, options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (f *fixture) publish(name string, aliases ...string) image.Version {
	f.t.Helper()
	return storetest.Split(f.t, f.store, image.Version{Name: name, Architecture: "amd64", Release: "1.27", Aliases: aliases}, []byte("metadata"), rootfsBytes())
}

func (f *fixture) rootfsPath() string { return "/" + f.image.Path(f.image.Files[1]) }

// answer is a response whose body was read.
type answer struct {
	*http.Response
	body string
}

// ask sends a request exactly as given: http.Client would mend paths.
func (f *fixture) ask(method, target string, headers ...string) answer {
	f.t.Helper()
	conn, err := net.Dial("tcp", f.http.Listener.Addr().String())
	if err != nil {
		f.t.Fatal(err)
	}
	defer conn.Close()
	request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: hub.example:8443\r\nConnection: close\r\n", method, target)
	for _, h := range headers {
		request += h + "\r\n"
	}
	// In one piece: what comes after the server has refused a line and closed resets the connection.
	fmt.Fprint(conn, request+"\r\n")
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, target, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Fatalf("%s %s: %v", method, target, err)
	}
	return answer{r, string(body)}
}

// expect checks headers: "Name: value", or "Name:" for one that must not be there.
func (a answer) expect(t *testing.T, status int, headers ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status is %d, want %d (%.100q)", a.StatusCode, status, a.body)
	}
	for _, h := range headers {
		name, want, _ := strings.Cut(h, ":")
		if got := a.Header.Get(name); got != strings.TrimSpace(want) {
			t.Errorf("%s is %q, want %q", name, got, strings.TrimSpace(want))
		}
	}
}

func TestFiles(t *testing.T) {
	f := newFixture(t)
	path, file := f.rootfsPath(), f.image.Files[1]
	size, etag, date := fmt.Sprint(len(rootfsBytes())), `"`+file.SHA256+`"`, "Mon, 23 Nov 2026 10:15:00 GMT"
	common := []string{
		"ETag: " + etag, "Last-Modified: " + date, "Accept-Ranges: bytes", "Content-Encoding:",
		"Cache-Control: public, max-age=31536000, immutable", "X-Content-Type-Options: nosniff",
	}
	tests := map[string]struct {
		method  string
		request []string
		status  int
		body    string
		headers []string
	}{
		"the whole file": {"GET", nil, 200, string(rootfsBytes()),
			append(common, "Content-Length: "+size, "Content-Type: application/octet-stream")},
		"the head of the whole file": {"HEAD", nil, 200, "", append(common, "Content-Length: "+size, "Content-Type: application/octet-stream")},
		"the file for a client that takes gzip": {"GET", []string{"Accept-Encoding: gzip"}, 200, string(rootfsBytes()),
			[]string{"Content-Encoding:", "Content-Length: " + size}},
		"a range": {"GET", []string{"Range: bytes=3-6"}, 206, "3456",
			append(common, "Content-Range: bytes 3-6/"+size, "Content-Length: 4")},
		"a range without an end":                         {"GET", []string{"Range: bytes=159998-"}, 206, "ef", []string{"Content-Range: bytes 159998-159999/" + size}},
		"the last bytes":                                 {"GET", []string{"Range: bytes=-3"}, 206, "def", []string{"Content-Range: bytes 159997-159999/" + size}},
		"the head of a range, which is of GET alone":     {"HEAD", []string{"Range: bytes=3-6"}, 200, "", []string{"Content-Length: " + size}},
		"a range of another unit":                        {"GET", []string{"Range: blocks=3-6"}, 200, string(rootfsBytes()), []string{"Content-Range:"}},
		"a range far beyond the end":                     {"GET", []string{"Range: bytes=159998-99999999999999999999"}, 206, "ef", []string{"Content-Range: bytes 159998-159999/" + size}},
		"the last no bytes":                              {"GET", []string{"Range: bytes=-0"}, 416, "", []string{"Content-Range: bytes */" + size}},
		"a range that is none":                           {"GET", []string{"Range: bytes=6-3"}, 416, "", []string{"Content-Range: bytes */" + size}},
		"a range beyond the end":                         {"GET", []string{"Range: bytes=160000-"}, 416, "", []string{"Content-Range: bytes */" + size}},
		"a resumed download":                             {"GET", []string{"Range: bytes=3-6", "If-Range: " + etag}, 206, "3456", nil},
		"a resumed download of a file with another ETag": {"GET", []string{"Range: bytes=3-6", `If-Range: "other"`}, 200, string(rootfsBytes()), nil},
		"a file the client has":                          {"GET", []string{"If-None-Match: " + etag}, 304, "", []string{"ETag: " + etag}},
		"a file the client has by date":                  {"GET", []string{"If-Modified-Since: " + date}, 304, "", nil},
		"If-Match with another ETag":                     {"GET", []string{`If-Match: "other"`}, 412, "", nil},
		"a range of the file with a query":               {"GET", []string{"Range: bytes=0-0"}, 206, "0", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			target := path
			if strings.Contains(name, "query") {
				target += "?a=b/../c"
			}
			a := f.ask(test.method, target, test.request...)
			a.expect(t, test.status, test.headers...)
			if test.status < 400 && a.body != test.body {
				t.Errorf("the body has %d bytes, want %d", len(a.body), len(test.body))
			}
		})
	}
}

func TestContentTypes(t *testing.T) {
	f := newFixture(t)
	for name, want := range map[string]string{"lxd_combined.tar": "application/x-tar", "lxd_combined.tar.gz": "application/gzip"} {
		v := storetest.Unified(t, f.store, image.Version{Name: "uni", Architecture: "amd64"}, name, []byte("x"))
		f.ask("GET", "/"+v.Path(v.Files[0])).expect(t, 200, "Content-Type: "+want)
	}
	f.ask("GET", "/"+f.image.Path(f.image.Files[0])).expect(t, 200, "Content-Type: application/x-xz")
}

func TestOnlyPublishedFilesAreServed(t *testing.T) {
	f := newFixture(t)
	secret := filepath.Join(filepath.Dir(f.dir), "secret")
	for path, content := range map[string]string{secret: "secret", f.dir + "/images/loose": "secret", f.dir + "/images/nginx/amd64/loose": "secret"} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	home := filepath.Dir(f.rootfsPath())
	for link, to := range map[string]string{home + "/link.tar": secret, "/images/out": filepath.Dir(f.dir), home + "/in.tar": "rootfs.squashfs"} {
		if err := os.Symlink(to, f.dir+link); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.store.Retire(t.Context(), time.Now(), f.publish("gone")); err != nil {
		t.Fatal(err)
	}
	unlock, err := f.store.TryLock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	draft, err := f.store.Draft(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer draft.Discard()
	storetest.Write(t, draft, image.Unified, "lxd_combined.tar", []byte("secret"))
	drafts, err := filepath.Glob(filepath.Join(f.dir, ".tmp/*"))
	if err != nil || len(drafts) != 1 {
		t.Fatal(drafts, err)
	}
	draftPath := ".tmp/" + filepath.Base(drafts[0])
	for _, target := range []string{
		"/.lock", "/.tmp", "/.tmp/", "/" + draftPath + "/version/lxd_combined.tar", "/images", "/images/", "/images/loose", "/images/nginx",
		"/images/nginx/", "/images/nginx/amd64/", "/images/nginx/amd64/loose", home, home + "/", home + "/version.json", home + "/link.tar", home + "/in.tar",
		"/images/out/secret", "/images/gone/amd64/20261123_101500/retired.json", "/images/gone/amd64/20261123_101500/version.json",
		"/../secret", "/images/../../secret", "/images/../.lock", "/images/nginx/../nginx" + strings.TrimPrefix(f.rootfsPath(), "/images/nginx"),
		"/%2e%2e/secret", "/images/%2e%2e/%2e%2e/secret", "/images%2fnginx%2famd64", "/images/..%2f..%2fsecret",
		home + "/%72ootfs.squashfs", home + "%2frootfs.squashfs", home + "/rootfs.squashfs%00", home + "/rootfs.squashfs/", home + "//rootfs.squashfs",
		"/" + f.rootfsPath(), "/." + f.rootfsPath(), "/images/NGINX" + strings.TrimPrefix(f.rootfsPath(), "/images/nginx"), home + `/..\secret`,
		"/streams", "/streams/", "/streams/v1", "/streams/v1/", "/streams/v1/other.json", "/streams/v1/images.json/", "/streams/v1/../v1/images.json",
		"/streams/v1/index.json%20", "//", "/index.html", "/1.00", "/2.0", "/images/" + strings.Repeat("a", 5000) + "/amd64/x/y",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := f.ask(method, target)
			if a.StatusCode != 404 || strings.Contains(a.body, "secret") && !strings.Contains(target, "secret") {
				t.Errorf("%s %.100s: %d %.100q", method, target, a.StatusCode, a.body)
			}
		}
	}
}

func TestARetiredVersionIsServedUntilItIsPruned(t *testing.T) {
	f := newFixture(t)
	if err := f.store.Retire(t.Context(), time.Now(), f.image); err != nil {
		t.Fatal(err)
	}
	f.ask("GET", f.rootfsPath()).expect(t, 200)
	if _, err := f.store.Prune(t.Context(), time.Now(), 0); err != nil {
		t.Fatal(err)
	}
	f.ask("GET", f.rootfsPath()).expect(t, 404, "Cache-Control: no-store", "ETag:")
}

// TestWhatWasRemovedByHandIsNotOffered removes or damages a version, and asks for it
// in some way. From then on nobody is told of it.
func TestWhatWasRemovedByHandIsNotOffered(t *testing.T) {
	for what, damage := range map[string]func(f *fixture) error{
		"removed": func(f *fixture) error { return os.RemoveAll(filepath.Join(f.dir, f.image.Dir())) },
		"damaged": func(f *fixture) error { return os.Truncate(filepath.Join(f.dir, f.rootfsPath()), 3) },
	} {
		for how, ask := range map[string]func(f *fixture) int{
			"by its name":        func(f *fixture) int { return f.ask("GET", "/1.0/images/aliases/web").StatusCode },
			"by its fingerprint": func(f *fixture) int { return f.ask("GET", "/1.0/images/"+f.image.Fingerprint).StatusCode },
			"for a file":         func(f *fixture) int { return f.ask("GET", f.rootfsPath()).StatusCode },
			"to be exported":     func(f *fixture) int { return f.ask("GET", "/1.0/images/"+f.image.Fingerprint+"/export").StatusCode },
		} {
			t.Run(what+" "+how, func(t *testing.T) {
				f := newFixture(t)
				if images := f.ask("GET", "/streams/v1/images.json").body; !strings.Contains(images, f.image.Fingerprint) {
					t.Fatalf("images.json is %s", images)
				}
				if err := damage(f); err != nil {
					t.Fatal(err)
				}
				if status := ask(f); status != 404 {
					t.Errorf("asked %s, it answers %d", how, status)
				}
				if images := f.ask("GET", "/streams/v1/images.json").body; strings.Contains(images, f.image.Fingerprint) {
					t.Errorf("images.json is still %s", images)
				}
			})
		}
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	f := newFixture(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"} {
		for _, target := range []string{"/", "/streams/v1/index.json", f.rootfsPath(), "/nothing"} {
			f.ask(method, target, "Content-Length: 0").expect(t, 405, "Allow: GET, HEAD")
		}
	}
	f.ask("CONNECT", "example.org:443").expect(t, 405)
}

func TestAccessLog(t *testing.T) {
	f := newFixture(t)
	agent := "LXD 5.0.2 (Linux;\tx86_64)\xff\u202e" + strings.Repeat("x", 500)
	f.ask("GET", f.rootfsPath(), "Range: bytes=0-9", "User-Agent: "+agent)
	f.http.Close() // waits for the log to be written
	log := f.log.String()
	for _, want := range []string{
		"msg=request method=GET path=" + f.rootfsPath() + " status=206 bytes=10 duration=", "client=127.0.0.1",
		`agent="LXD 5.0.2 (Linux; x86_64)??xxx`,
	} {
		if !strings.Contains(log, want) {
			t.Errorf("%q is missing in\n%s", want, log)
		}
	}
	if strings.ContainsAny(log, "\t\u202e") || !utf8.ValidString(log) || strings.Contains(log, strings.Repeat("x", 200)) || strings.Count(log, "\n") != 1 {
		t.Errorf("a stranger's text is in the log as it came:\n%q", log)
	}
}

func TestAStoreThatCannotBeReadIsUnavailable(t *testing.T) {
	f := newFixture(t)
	if err := os.Rename(f.dir, f.dir+"-away"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/streams/v1/index.json", "/streams/v1/images.json"} {
		f.ask("GET", path).expect(t, 503, "Retry-After: 60", "Cache-Control: no-store")
	}
	if err := os.Rename(f.dir+"-away", f.dir); err != nil {
		t.Fatal(err)
	}
	f.ask("GET", "/streams/v1/index.json").expect(t, 200)
}

func TestPage(t *testing.T) {
	f := newFixture(t)
	a := f.ask("GET", "/")
	a.expect(t, 200, "Content-Type: text/html; charset=utf-8")
	for _, want := range []string{`>nginx</a><span class="soft">, web</span>`, "https://hub.example:8443", "160.0 kB"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%q is missing in\n%s", want, a.body)
		}
	}
	if n := f.ask("HEAD", "/").ContentLength; n != int64(len(a.body)) {
		t.Errorf("HEAD says %d bytes, GET sends %d", n, len(a.body))
	}
	if a := f.ask("GET", "http://a;rm%20-rf%20$HOME/"); strings.Contains(a.body, "rm") && a.StatusCode == 200 {
		t.Errorf("a command came from the request into\n%s", a.body)
	}
}
