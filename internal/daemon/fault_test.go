package daemon_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
)

const trusted = `{"type":"sync","metadata":{"auth":"trusted","api_extensions":["instances"],"environment":{"server":"lxd","server_version":"5.0.2","architectures":["x86_64"]}}}`

// faulty answers as no daemon does that is well.
func faulty(t *testing.T, answers map[string]http.HandlerFunc) *daemon.Client {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer := answers[r.Method+" "+r.URL.Path]; answer != nil {
			answer(w, r)
			return
		}
		if r.URL.Path != "/1.0" {
			http.Error(w, `{"type":"error","error_code":404,"error":"not found"}`, http.StatusNotFound)
			return
		}
		fmt.Fprint(w, trusted)
	}))
	t.Cleanup(server.Close)
	c, err := daemon.Connect(t.Context(), daemon.Address{Name: "far", URL: server.URL, Pinned: server.Certificate()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) }
}

func breaks(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

const begun = `{"type":"async","operation":"/1.0/operations/7?project=x","metadata":{"id":"7"}}`

func TestFaultsOfDaemons(t *testing.T) {
	for name, row := range map[string]struct {
		waits http.HandlerFunc
		kind  failure.Kind
		says  string
	}{
		"it goes while an operation runs":          {breaks, failure.Unavailable, "asking far: EOF"},
		"it knows the operation no more":           {nil, failure.Unavailable, "was it restarted"},
		"the answer is no JSON":                    {says("<html>"), failure.Corrupt, "is it LXD or Incus?"},
		"the answer ends half-way":                 {says(`{"type":"sync","meta`), failure.Corrupt, "is it LXD or Incus?"},
		"the operation is no object":               {says(`{"type":"sync","metadata":[1]}`), failure.Corrupt, "is it LXD or Incus?"},
		"LXD says that it failed":                  {says(`{"type":"sync","metadata":{"status_code":400,"err":"Failed: exit status 1\u001b[2J"}}`), failure.Internal, "Failed: exit status 1?[2J"},
		"Incus says that it failed":                {says(`{"type":"error","error_code":500,"error":"Failed: no space left on device","metadata":null}`), failure.Full, "no space left"},
		"it was cancelled":                         {says(`{"type":"sync","metadata":{"status_code":401}}`), failure.Denied, "cancelled"},
		"a proxy before it says that it is not up": {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, `{}`, http.StatusBadGateway) }, failure.Unavailable, "Bad Gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			c := faulty(t, map[string]http.HandlerFunc{"DELETE /1.0/instances/web": says(begun), "GET /1.0/operations/7/wait": row.waits})
			err := c.Delete(t.Context(), "web")
			if err == nil || !strings.Contains(err.Error(), row.says) || failure.KindOf(err) != row.kind {
				t.Errorf("%v, which is %v", err, failure.KindOf(err))
			}
			if away := row.kind == failure.Unavailable; daemon.Away(err) != away {
				t.Errorf("%v: the daemon is away: %v", err, !away)
			}
		})
	}
}

func TestAnOperationIsWaitedForAndItsProgressTold(t *testing.T) {
	const late = `{"type":"error","error_code":500,"error":"context deadline exceeded"}` // Incus
	answers := []string{
		`{"type":"sync","metadata":{"status_code":103,"metadata":{"create_instance_from_image_unpack_progress":"Unpack: 10%"}}}`,
		`{"type":"sync","metadata":{"status_code":103,"metadata":{"create_instance_from_image_unpack_progress":"Unpack: 10%"}}}`,
		late,
		`{"type":"sync","metadata":{"status_code":200,"metadata":{}}}`,
	}
	c := faulty(t, map[string]http.HandlerFunc{
		"POST /1.0/instances":   says(begun),
		"GET /1.0/operations/7": says(`{"type":"sync","metadata":{"status_code":103,"metadata":null}}`),
		"GET /1.0/operations/7/wait": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, answers[0])
			answers = answers[1:]
		}})
	told := []string{}
	c.Progress = func(text string) { told = append(told, text) }
	if err := c.Create(t.Context(), daemon.NewInstance{Name: "web"}); err != nil || len(answers) != 0 {
		t.Fatal(err, answers)
	}
	if got := strings.Join(told, "|"); got != "Unpack: 10%|" {
		t.Errorf("told %q", got)
	}
}

func TestAnOperationThatNobodyWaitsForIsCancelled(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	cancelled := make(chan bool, 1)
	c := faulty(t, map[string]http.HandlerFunc{
		"DELETE /1.0/instances/web": says(begun),
		"GET /1.0/operations/7/wait": func(_ http.ResponseWriter, r *http.Request) {
			stop()
			<-r.Context().Done()
		},
		"DELETE /1.0/operations/7": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"type":"sync"}`)
			cancelled <- true
		}})
	if err := c.Delete(ctx, "web"); err != context.Canceled {
		t.Error(err)
	}
	<-cancelled
}

func TestNothingIsMissedInNull(t *testing.T) {
	c := faulty(t, map[string]http.HandlerFunc{
		"GET /1.0/instances":           says(`{"type":"sync","metadata":[{"name":"b","type":"container","devices":null,"config":null,"profiles":null},{"name":"vm","type":"virtual-machine"},{"name":"a","type":"container"}]}`),
		"GET /1.0/instances/a/state":   says(`{"type":"sync","metadata":{"status":"Stopped","network":null}}`),
		"GET /1.0/projects/default":    says(`{"type":"sync","metadata":{"name":"default","config":null}}`),
		"GET /1.0/images":              says(`{"type":"sync","metadata":null}`),
		"POST /1.0/instances/a/exec":   says(`{"type":"async","operation":"/1.0/operations/7","metadata":{"id":"7","metadata":null}}`),
		"GET /1.0/instances/a/console": says("log"),
	})
	all, err := c.Instances(t.Context())
	if err != nil || len(all) != 2 || all[0].Name != "a" || all[1].Devices.Clone() == nil {
		t.Errorf("%+v, %v", all, err)
	}
	if s, err := c.State(t.Context(), "a"); err != nil || s.Status != "Stopped" {
		t.Error(s, err)
	}
	if p, err := c.Project(t.Context()); err != nil || p.Config["restricted"] != "" {
		t.Error(p, err)
	}
	if images, err := c.Images(t.Context()); err != nil || len(images) != 0 {
		t.Error(images, err)
	}
	if _, err := c.Exec(t.Context(), "a", []string{"true"}, io.Discard, io.Discard); failure.KindOf(err) != failure.Corrupt {
		t.Error(err)
	}
	if log, err := c.ConsoleLog(t.Context(), "a"); err != nil || string(log) != "log" {
		t.Errorf("%q, %v", log, err)
	}
}

func TestWhoIsNotTrustedIsToldSo(t *testing.T) {
	server := httptest.NewTLSServer(says(strings.Replace(trusted, "trusted", "untrusted", 1)))
	defer server.Close()
	_, err := daemon.Connect(t.Context(), daemon.Address{Name: "far", URL: server.URL, Pinned: server.Certificate()})
	if failure.KindOf(err) != failure.Denied || !strings.Contains(err.Error(), "remote add") {
		t.Error(err)
	}
}

func TestAnotherCertificateThanThatTrustedIsRefused(t *testing.T) {
	server := httptest.NewTLSServer(says(trusted))
	defer server.Close()
	other := *server.Certificate()
	other.Raw = append([]byte{}, other.Raw...)
	other.Raw[len(other.Raw)-1] ^= 1
	for name, a := range map[string]daemon.Address{
		"another": {Name: "far", URL: server.URL, Pinned: &other},
		"none":    {Name: "far", URL: server.URL},
		"http":    {Name: "far", URL: strings.Replace(server.URL, "https", "http", 1)},
	} {
		if _, err := daemon.Connect(t.Context(), a); err == nil {
			t.Errorf("%s: it is trusted", name)
		}
	}
}

func TestSocketsAreFoundAsTheClientsFindThem(t *testing.T) {
	both := []string{"/var/snap/lxd/common/lxd/unix.socket", "/var/lib/lxd/unix.socket", "/var/lib/incus/unix.socket"}
	for name, row := range map[string]struct {
		env   map[string]string
		there []string
		want  string
	}{
		"none":                      {nil, nil, ""},
		"both, the snap first":      {nil, both, "/var/snap/lxd/common/lxd/unix.socket /var/lib/incus/unix.socket"},
		"only what is named counts": {map[string]string{"INCUS_DIR": "/lab/incus"}, both, "/lab/incus/unix.socket"},
		"a socket before a folder":  {map[string]string{"LXD_DIR": "/lab", "LXD_SOCKET": "/sock"}, nil, "/sock"},
	} {
		var got []string
		for _, a := range daemon.Sockets(func(key string) string { return row.env[key] }, func(path string) bool {
			for _, there := range row.there {
				if there == path {
					return true
				}
			}
			return false
		}) {
			got = append(got, a.Socket)
		}
		if strings.Join(got, " ") != row.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
