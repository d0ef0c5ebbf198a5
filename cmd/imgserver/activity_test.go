package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/progress"
	"lxdocker/internal/server/web"
)

// askers are who has asked for what.
type askers map[string]string

func (a askers) AskedBy(client, reference, arch string) bool { return a[reference+" "+arch] == client }

func TestAClientSeesItsOwnAndThoseOfAll(t *testing.T) {
	of := askers{"docker.io/library/redis:7 amd64": "one", "quay.io/a/b:latest arm64": "two"}
	all := func() web.Activity {
		return web.Activity{
			Running: []web.Running{{Name: "web/amd64"}, {Name: "docker.io/library/redis:7/amd64"}, {Name: "quay.io/a/b:latest/arm64"}},
			Failed:  []web.Failure{{Name: "docker.io/library/redis:7/amd64"}, {Name: "db/amd64"}, {Name: "quay.io/a/b:latest/amd64"}},
		}
	}
	for client, want := range map[string]string{
		"one":   "web/amd64 docker.io/library/redis:7/amd64 1 docker.io/library/redis:7/amd64 db/amd64",
		"two":   "web/amd64 quay.io/a/b:latest/arm64 1 db/amd64",
		"three": "web/amd64 2 db/amd64",
	} {
		a := own(all(), of, client)
		var got []string
		for _, r := range a.Running {
			got = append(got, r.Name)
		}
		got = append(got, string(rune('0'+a.Others)))
		for _, f := range a.Failed {
			got = append(got, f.Name)
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s sees %s, not %s", client, text, want)
		}
	}
}

func TestAFailureOnThePageHasItsNextStep(t *testing.T) {
	distrusted := failure.Because(failure.TLS, failure.Publicf(failure.Unavailable, "quay.io cannot be reached"))
	for name, c := range map[string]struct {
		title string
		err   error
		want  string
	}{
		"a bug, of a spec":                      {"web/amd64", errors.New("x"), failure.Next(failure.Internal, "", failure.SpecKeeper, "web")},
		"a bug, on demand":                      {"quay.io/a/b:1/amd64", errors.New("x"), failure.Next(failure.Internal, "", failure.Asker, "")},
		"a login, of a spec":                    {"web/amd64", failure.Because(failure.Login, failure.New(failure.Denied, io.EOF)), failure.Next(failure.Denied, failure.Login, failure.SpecKeeper, "")},
		"an authority of a registry, of a spec": {"web/amd64", distrusted, failure.Next(failure.Unavailable, "", failure.SpecKeeper, "")},
		"an authority, on demand":               {"quay.io/a/b:1/amd64", distrusted, failure.Next(failure.Unavailable, "", failure.Asker, "")},
	} {
		board := progress.NewBoard(progress.Discard(), time.Now)
		board.Task(c.title).Fail(c.err)
		if got := activityOf(board).Failed; len(got) != 1 || got[0].Next != c.want || got[0].Text == "" {
			t.Errorf("%s: %+v, not %q", name, got, c.want)
		}
	}
}

func TestThoseWhoWatchAreToldAll(t *testing.T) {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var text strings.Builder
	describe(&text, web.Activity{
		Running: []web.Running{{Name: "quay.io/a/b:1/amd64", Step: "fetching", Done: 1, Total: 4, Began: began}, {Name: "web/amd64", Began: began}},
		Failed:  []web.Failure{{Name: "quay.io/a/c:1/amd64", Text: "no such\timage\x1b", At: began}},
	}, func(reference, arch string) []string {
		return map[string][]string{"quay.io/a/b:1 amd64": {"192.0.2.1", "2001:db8::/64"}}[reference+" "+arch]
	})
	const want = `
STATE    IMAGE                SINCE                 FOR                      STEP OR ERROR
running  quay.io/a/b:1/amd64  2026-01-02T03:04:05Z  192.0.2.1 2001:db8::/64  fetching, 25 %
running  web/amd64            2026-01-02T03:04:05Z  a spec                   waiting
failed   quay.io/a/c:1/amd64  2026-01-02T03:04:05Z  -                        no such image?
`
	if got := "\n" + text.String(); got != want {
		t.Errorf("they are told%s\nnot%s", got, want)
	}
}

// TestTheActivityOfARealServer is that of two clients, told apart by a proxy's word.
func TestTheActivityOfARealServer(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "admin")
	h := newHouse(t, demand+"trusted-proxy: [127.0.0.1]\n", "--admin-address", "unix:"+socket)
	release, held := make(chan struct{}), make(chan struct{}, 100)
	h.registry.hold = func(*http.Request) {
		held <- struct{}{}
		<-release
	}
	done := make(chan int, 1)
	go func() {
		done <- h.status("/1.0/images/"+h.registry.host+"%2Flibrary%2Fapp", "X-Forwarded-For", "192.0.2.1")
	}()
	<-held
	page := func(client string) string {
		t.Helper()
		q, err := http.NewRequestWithContext(context.Background(), http.MethodGet, h.server.URL+"/activity", nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("X-Forwarded-For", client)
		r, err := h.server.Client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(body(t, r), "<wbr>", "") // where names may be broken
	}
	const title, others = "/library/app:latest/amd64", "1 more is being converted that you have not asked for"
	for _, client := range []string{"192.0.2.1", "192.0.2.2"} {
		if got := page(client); !strings.Contains(got, title) || strings.Contains(got, "more is") {
			t.Errorf("without rules for clients, %s sees\n%s", client, got)
		}
	}
	users := filepath.Join(h.folder(), "users")
	if err := os.WriteFile(users, []byte("alice:$2y$04$TaKt3ezSHdc4U5MH2SZEk.K8rSvX4dHZTDVXkgVSFDOwTVHx7VmLi\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, settings := range []string{"users: DIR/users\nno-login: [0.0.0.0/0]\n", "on-demand-for: ['192.0.2.9=HOST/x/*']\n"} {
		setting, _, _ := strings.Cut(settings, ":")
		h.reload(demand+"trusted-proxy: [127.0.0.1]\n"+settings, "setting="+setting+" ")
		if got := page("192.0.2.1"); !strings.Contains(got, title) || strings.Contains(got, others) {
			t.Errorf("who has asked sees\n%s", got)
		}
		if got := page("192.0.2.2"); strings.Contains(got, title) || !strings.Contains(got, others) {
			t.Errorf("somebody else sees\n%s", got)
		}
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	r, err := (&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}).Get("http://localhost/activity")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(body(t, r), "<wbr>", ""); !strings.Contains(got, title) || !strings.Contains(got, " 192.0.2.1 ") {
		t.Errorf("who watches sees\n%s", got)
	}
	close(release)
	if got := <-done; got != 200 {
		t.Errorf("the image is %d", got)
	}
}
