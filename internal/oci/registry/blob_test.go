package registry

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"lxdocker/internal/oci"
	"lxdocker/internal/oci/ocitest"
)

var baked struct {
	sync.Once
	image ocitest.Baked
}

// bigImage is an image of one layer of 3 MiB. To make it takes longer than to send it.
func bigImage(t *testing.T) ocitest.Baked {
	t.Helper()
	baked.Do(func() {
		baked.image = ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "big", ocitest.Noise(3<<20, 1))}}.Bake(t)
	})
	return baked.image
}

// download resolves an image whose one layer is big, and returns the layer as it
// arrives with the faults.
func download(t *testing.T, reg *server, c *testClient, faults ...fault) (want, got []byte, err error) {
	t.Helper()
	b := bigImage(t)
	reg.push(t, "x", "latest", b)
	img, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	c.guard().timeout = cmp.Or(c.stall, defaultStall)
	for _, f := range faults {
		reg.inject(at(http.MethodGet, "/blobs/"+img.Layers[0].Digest, f))
	}
	reg.requests()
	got, err = ocitest.Read(t, img, img.Layers[0])
	return b.Layers[0], got, err
}

// answers returns a fault that answers with what f gets as the blob.
func answers(t *testing.T, f func(w http.ResponseWriter, r *http.Request, blob []byte)) fault {
	return func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
		plain := r.Clone(r.Context())
		plain.Header.Del("Range")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, plain)
		f(w, r, rec.Body.Bytes())
		return true
	}
}

// sized writes b with a Content-Length.
func sized(w http.ResponseWriter, b []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Write(b)
}

func TestDownloadsGoOnWhereTheyDropped(t *testing.T) {
	ranged := func(f fault) fault {
		return func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
			return r.Header.Get("Range") != "" && f(w, r, h)
		}
	}
	for name, c := range map[string]struct {
		faults   []fault
		requests int
	}{
		"no fault":                 {nil, 1},
		"once":                     {[]fault{times(1, cutAfter(1<<20))}, 2},
		"five times":               {[]fault{times(5, cutAfter(100_000))}, 6},
		"before the first byte":    {[]fault{times(2, cutAfter(0))}, 3},
		"at the last byte":         {[]fault{times(1, cutAfter(3<<20))}, 2},
		"often, with progress":     {[]fault{times(2, cutAfter(1_200_000))}, 3},
		"the server ignores Range": {[]fault{times(1, cutAfter(1<<20)), withoutRange}, 2},
		"the server ignores Range, and drops again while skipping": {
			[]fault{times(1, cutAfter(1<<20)), ranged(times(1, func(w http.ResponseWriter, r *http.Request, h http.Handler) bool {
				r.Header.Del("Range")
				return cutAfter(500_000)(w, r, h)
			})), withoutRange}, 3,
		},
		"206 with another part than asked for": {
			[]fault{times(1, cutAfter(1<<20)), ranged(answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes 5-%d/%d", len(b)-1, len(b)))
				w.WriteHeader(206)
				w.Write(b[5:])
			}))}, 3,
		},
		"206 without Content-Range": {
			[]fault{times(1, cutAfter(1<<20)), ranged(answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				w.WriteHeader(206)
				w.Write(b[7:])
			}))}, 3,
		},
		"206 of something larger": {
			[]fault{times(1, cutAfter(1<<20)), ranged(answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", 1<<20, len(b), len(b)+1))
				w.WriteHeader(206)
				w.Write(b)
			}))}, 3,
		},
		"416": {[]fault{times(1, cutAfter(1<<20)), ranged(status(416, ""))}, 3},
		"parts shorter than asked for": {
			[]fault{times(1, cutAfter(1<<20)), ranged(answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				var first, last int
				fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &first, &last)
				last = min(last, first+1_100_000)
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/*", first, last))
				w.WriteHeader(206)
				w.Write(b[first : last+1])
			}))}, 3,
		},
		"503 for a while": {[]fault{times(1, cutAfter(1<<20)), ranged(times(2, status(503, "")))}, 4},
		"the body is chunked": {
			[]fault{answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				for part := range slices.Chunk(b, 1<<16) {
					w.Write(part)
					w.(http.Flusher).Flush()
				}
			})}, 1,
		},
		"away for minutes": {[]fault{times(1, cutAfter(1<<20)), times(12, cutAfter(0))}, 14},
		"compressed on the way": {
			[]fault{answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				w.Header().Set("Content-Encoding", "gzip")
				sized(w, ocitest.Gzip(t, b))
			})}, 1,
		},
		"compressed on the way, and chunked": {
			[]fault{answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				w.Header().Set("Content-Encoding", "x-gzip")
				w.(http.Flusher).Flush()
				w.Write(ocitest.Gzip(t, b))
			})}, 1,
		},
		"compressed on the way, and dropping": {
			[]fault{times(2, answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				w.Header().Set("Content-Encoding", "gzip")
				packed := ocitest.Gzip(t, b)
				w.Header().Set("Content-Length", strconv.Itoa(len(packed)))
				w.Write(packed[:len(packed)/2])
			})), answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				if r.Header.Get("Range") != "" {
					t.Errorf("a part of what is encoded was asked for: %s", r.Header.Get("Range"))
				}
				w.Header().Set("Content-Encoding", "gzip")
				sized(w, ocitest.Gzip(t, b))
			})}, 3,
		},
		"labelled as gzip": {
			[]fault{answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
				w.Header().Set("Content-Encoding", "gzip")
				w.Write(b)
			})}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			want, got, err := download(t, reg, newTestClient(t), c.faults...)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got %d bytes, want %d; or others", len(got), len(want))
			}
			if n := len(reg.requests()); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

func TestDownloadsThatCannotGetBetterFail(t *testing.T) {
	for name, c := range map[string]struct {
		faults   []fault
		says     []string
		requests int
	}{
		"dropping for ever without progress": {[]fault{cutAfter(1000)}, []string{"after 16 attempts", "unexpected EOF"}, maxDrops + 1},
		"404":                                {[]fault{status(404, errorBody("BLOB_UNKNOWN", "blob unknown to registry"))}, []string{"404 Not Found", "blob unknown to registry"}, 1},
		"404 after a drop":                   {[]fault{times(1, cutAfter(1<<20)), status(404, errorBody("BLOB_UNKNOWN", "gone"))}, []string{"404 Not Found", "gone"}, 2},
		"503 for ever":                       {[]fault{status(503, "")}, []string{"503", "has a problem"}, (maxDrops + 1) * maxAttempts},
		"too short": {[]fault{answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) { sized(w, b[:len(b)-1]) })},
			[]string{"bytes instead of"}, maxOthers + 1},
		"too long": {[]fault{answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) { sized(w, append(b, 0)) })},
			[]string{"bytes instead of"}, maxOthers + 1},
		"too long and chunked": {[]fault{answers(t, func(w http.ResponseWriter, r *http.Request, b []byte) {
			w.(http.Flusher).Flush()
			w.Write(append(b, 0))
		})}, []string{"sends more than"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			want, got, err := download(t, reg, newTestClient(t), c.faults...)
			ocitest.MustSay(t, err, append(c.says, reg.host()+"/x:latest", oci.DigestOf(want))...)
			if !bytes.HasPrefix(want, got) {
				t.Error("bytes that are not the blob's were handed out")
			}
			if n := len(reg.requests()); n != c.requests {
				t.Errorf("%d requests, want %d", n, c.requests)
			}
		})
	}
}

func TestARegistryThatFallsSilentIsAskedAgain(t *testing.T) {
	reg := newServer(t)
	c := newTestClient(t)
	c.stall = 200 * time.Millisecond
	want, got, err := download(t, reg, c, times(1, stallAfter(1<<20)), times(1, stallAfter(0)))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatal(len(got), err)
	}
	t.Run("but not for ever", func(t *testing.T) {
		reg := newServer(t)
		c := newTestClient(t)
		c.stall = 20 * time.Millisecond
		_, _, err := download(t, reg, c, stallAfter(1000))
		ocitest.MustSay(t, err, "no answer for 20ms")
	})
}

func TestCancellingADownloadEndsItAtOnce(t *testing.T) {
	reg := newServer(t)
	b := bigImage(t)
	reg.push(t, "x", "latest", b)
	c := newTestClient(t)
	img, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	reg.inject(at(http.MethodGet, "/blobs/", stallAfter(1<<20)))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := img.Open(ctx, img.Layers[0])
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, 1<<20); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Millisecond, cancel)
	start := time.Now()
	_, err = r.Read(make([]byte, 10))
	if !errors.Is(err, context.Canceled) || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if _, again := r.Read(make([]byte, 10)); !errors.Is(again, context.Canceled) {
		t.Errorf("the error does not last: %v", again)
	}
}

func TestTheReaderIsAWellBehavedReader(t *testing.T) {
	reg := newServer(t)
	b := ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "f", ocitest.Noise(5000, 1))}}.Bake(t)
	reg.push(t, "x", "latest", b)
	img, err := newTestClient(t).Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	reg.inject(at(http.MethodGet, "/blobs/", times(1, cutAfter(1000))))
	r, err := img.Open(t.Context(), img.Layers[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(r, b.Layers[0]); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

// TestHTTP2IsResumedToo: most registries speak it, and its errors are others.
func TestHTTP2IsResumedToo(t *testing.T) {
	reg := newServer(t)
	secure := httptest.NewUnstartedServer(reg)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	t.Cleanup(secure.Close)
	reg.URL = secure.URL
	c := newTestClient(t, func(o *testOptions) { o.Insecure = []string{"127.0.0.1"} })
	c.stall = 200 * time.Millisecond
	reg.inject(times(1, at(http.MethodGet, "/manifests/", cutAfter(0))))
	reg.inject(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		if r.ProtoMajor != 2 {
			t.Errorf("%s %s by %s", r.Method, r.URL, r.Proto)
		}
		return false
	})
	want, got, err := download(t, reg, c, times(1, cutAfter(1<<20)), times(1, cutAfter(0)), times(1, stallAfter(500_000)))
	if err != nil || !bytes.Equal(got, want) {
		t.Fatal(len(got), err)
	}
	if n := len(reg.requests()); n < 4 {
		t.Errorf("%d requests", n)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		wait   time.Duration // 0: the error is returned at once
		says   string
	}{
		"seconds":  {"7", 7 * time.Second, ""},
		"a date":   {time.Date(2026, 11, 23, 12, 0, 20, 0, time.UTC).Format(http.TimeFormat), 20 * time.Second, ""},
		"too long": {"3600", 0, "try again in 1h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			reg.push(t, "x", "latest", ocitest.Recipe{}.Bake(t))
			reg.inject(times(1, at(http.MethodGet, "/manifests/", status(429, errorBody("TOOMANYREQUESTS", "slow down"), "Retry-After", c.header))))
			client := newTestClient(t)
			client.pause.now = func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }
			client.transport.(*retrier).pause = client.pause
			_, err := client.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
			if c.wait == 0 {
				ocitest.MustSay(t, err, c.says, "slow down", "429")
				return
			}
			if s := client.sleeps(); err != nil || len(s) != 1 || s[0] != c.wait {
				t.Errorf("waited %v, %v", s, err)
			}
		})
	}
}

func TestBackoffGrowsAndIsBounded(t *testing.T) {
	for n, want := range []time.Duration{time.Second / 2, time.Second, 2 * time.Second, 4 * time.Second} {
		for range 20 {
			if d := backoff(n); d < want*9/10 || d > want*11/10 {
				t.Errorf("backoff(%d) = %v", n, d)
			}
		}
	}
	if d := backoff(1000); d > maxPause*11/10 {
		t.Errorf("backoff(1000) = %v", d)
	}
}

func TestRedirectsLoseTheLogin(t *testing.T) {
	var seen []http.Header
	b := ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "f", ocitest.Noise(100_000, 1))}}.Bake(t)
	cdn := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Clone())
		if r.URL.Query().Get("Signature") != "s3cret" {
			w.WriteHeader(403)
			return
		}
		if n := len(seen); n == 1 {
			(&cutter{w, 50_000, func() { panic(http.ErrAbortHandler) }}).Write(b.Layers[0])
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b.Layers[0]))
	}))
	defer cdn.Close()
	reg := newServer(t)
	reg.push(t, "x", "latest", b)
	reg.inject(basicAuth("user", "pa55"))
	c := newTestClient(t)
	c.keychains = append(c.keychains, login{Username: "user", Password: "pa55"})
	img, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	reg.inject(at(http.MethodGet, "/blobs/", func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		http.Redirect(w, r, cdn.URL+"/blob?Signature=s3cret", http.StatusTemporaryRedirect)
		return true
	}))
	got, err := ocitest.Read(t, img, img.Layers[0])
	if err != nil || !bytes.Equal(got, b.Layers[0]) {
		t.Fatal(len(got), err)
	}
	if len(seen) != 2 {
		t.Errorf("%d requests", len(seen))
	}
	for _, h := range seen {
		if h.Get("Authorization") != "" || h.Get("Cookie") != "" {
			t.Errorf("the login went to another host: %v", h)
		}
	}
	if seen[1].Get("Range") == "" {
		t.Error("the second request has no Range")
	}

	t.Run("errors do not show signatures", func(t *testing.T) {
		cdn.Close()
		_, err := ocitest.Read(t, img, img.Layers[0])
		ocitest.MustSay(t, err, strings.TrimPrefix(cdn.URL, "http://"))
		for _, secret := range []string{"s3cret", "Signature", "pa55"} {
			if strings.Contains(err.Error(), secret) {
				t.Error(err)
			}
		}
	})
}

func TestRedirectsAreHeldToThePolicy(t *testing.T) {
	for name, c := range map[string]struct{ to, says string }{
		"plain http elsewhere": {"http://cdn.example/x", "plain http to cdn.example"},
		"another scheme":       {"file:///etc/passwd", `scheme "file"`},
		"in circles":           {"", "10 redirects"},
	} {
		t.Run(name, func(t *testing.T) {
			reg := newServer(t)
			_, _, err := download(t, reg, newTestClient(t), func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				to := c.to
				if to == "" {
					n, _ := strconv.Atoi(r.URL.RawQuery)
					to = r.URL.Path + "?" + strconv.Itoa(n+1)
				}
				http.Redirect(w, r, to, http.StatusFound)
				return true
			})
			ocitest.MustSay(t, err, c.says)
		})
	}
}

func TestABlobMayBeClosedWhileItIsRead(t *testing.T) {
	reg := newServer(t)
	b := ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "big", ocitest.Noise(1<<20, 1))}}.Bake(t)
	reg.push(t, "x", "latest", b)
	c := newTestClient(t)
	img, err := c.Resolve(t.Context(), reg.ref(t, "x"), ocitest.AMD64)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]fault{
		"arriving": trickle,
		"stalled":  stallAfter(300_000),
		"dropping": cutAfter(300_000),
	} {
		t.Run(name, func(t *testing.T) {
			reg.inject(at(http.MethodGet, "/blobs/", f))
			defer reg.heal()
			const rounds = 20
			late := 0 // rounds in which everything was read before Close began
			for n := range rounds {
				r, err := img.Open(t.Context(), img.Layers[0])
				if err != nil {
					t.Fatal(err)
				}
				started, ended := make(chan struct{}), make(chan error, 1)
				go func() {
					buf := make([]byte, 4<<10)
					for read := 0; ; read++ {
						if read == n {
							close(started)
						}
						if _, err := r.Read(buf); err != nil {
							ended <- err
							return
						}
					}
				}()
				<-started
				r.Close()
				reg.requests()
				err = <-ended
				if err == io.EOF {
					late++
					continue
				}
				if !strings.Contains(err.Error(), "closed") {
					t.Errorf("the read ended with %v", err)
				}
				if _, err := r.Read(make([]byte, 1)); err == nil || err == io.EOF {
					t.Errorf("a read after Close: %v", err)
				}
				if asked := reg.requests(); len(asked) > 0 {
					t.Errorf("asked after Close: %q", asked)
				}
			}
			if late == rounds {
				t.Error("Close never met a read")
			}
		})
	}
}
