package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/server/servertest"
	"lxdocker/internal/testenv"
)

// watchedFixture is an imgserver whose --admin-address is a unix socket.
type watchedFixture struct {
	*servertest.Process
	t      *testing.T
	folder string
	socket string
}

func newWatchedFixture(t *testing.T, args ...string) *watchedFixture {
	f := &watchedFixture{t: t, folder: filepath.Join(t.TempDir(), "images"), socket: filepath.Join(t.TempDir(), "admin.sock")}
	split(t, f.folder, "web", []byte("root file system"))
	f.Process = started(t, f.folder, append(args, "--admin-address", "unix:"+f.socket)...)
	return f
}

// admin asks the other listener.
func (f *watchedFixture) admin(path string) (int, string) {
	f.t.Helper()
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", f.socket)
	}}}
	r, err := c.Get("http://admin" + path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

// public asks as clients do, and gives the status when the server has counted the request.
func (f *watchedFixture) public(path string) int {
	f.t.Helper()
	requests := func() int { return strings.Count(f.Log.String(), " msg=request ") }
	before := requests()
	r, err := f.Client.Get(f.URL + path)
	if err != nil {
		f.t.Fatal(err)
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		f.t.Fatal(err)
	}
	for end := time.Now().Add(3 * time.Minute); requests() == before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("the server does not log the request of %s:\n%s", path, &f.Log)
		}
	}
	return r.StatusCode
}

// series are the names and labels of all that is counted, with their values.
func (f *watchedFixture) series() map[string]string {
	f.t.Helper()
	status, body := f.admin("/metrics")
	if status != http.StatusOK {
		f.t.Fatalf("%d: %s", status, body)
	}
	all := map[string]string{}
	for line := range strings.Lines(body) {
		if at := strings.LastIndexByte(line, ' '); at > 0 && strings.HasPrefix(line, "imgserver_") {
			all[line[:at]] = strings.TrimSpace(line[at:])
		}
	}
	return all
}

func TestWhoWatchesIsAnsweredElsewhere(t *testing.T) {
	f := newWatchedFixture(t)
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if status, body := f.admin(path); status != http.StatusOK || body != want {
			t.Errorf("%s: %d %q", path, status, body)
		}
		if status := f.public(path); status != http.StatusNotFound {
			t.Errorf("clients get %d for %s", status, path)
		}
	}
	if status := f.public("/metrics"); status != http.StatusNotFound {
		t.Errorf("clients get %d for /metrics", status)
	}
	if status, _ := f.admin("/1.0/images"); status != http.StatusNotFound {
		t.Errorf("images are offered by plain HTTP: %d", status)
	}
	got := f.series()
	for name, value := range map[string]string{
		`imgserver_image_versions{origin="spec",state="current"}`:   "1",
		`imgserver_http_requests_total{code="404",handler="other"}`: "3",
	} {
		if got[name] != value {
			t.Errorf("%s is %q, not %q", name, got[name], value)
		}
	}
	for _, name := range []string{"imgserver_certificate_expiry_timestamp_seconds", `imgserver_disk_free_bytes{folder="images"}`} {
		if got[name] == "" || got[name] == "0" {
			t.Errorf("%s is %q", name, got[name])
		}
	}
	if err := os.Rename(f.folder, f.folder+"-away"); err != nil {
		t.Fatal(err)
	}
	if status, body := f.admin("/readyz"); status != http.StatusServiceUnavailable || strings.Contains(body, f.folder) {
		t.Errorf("without the images it is %d %q", status, body)
	}
	if err := f.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(f.socket); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

// TestNamesThatClientsMakeUpAddNoSeries: of a registry, an image, a path, a method, a host.
func TestNamesThatClientsMakeUpAddNoSeries(t *testing.T) {
	testenv.NeedsProgram(t, "busybox", "busybox-static")
	registry := httptest.NewServer(http.NotFoundHandler())
	defer registry.Close()
	host := strings.TrimPrefix(registry.URL, "http://")
	f := newWatchedFixture(t, "--cache", t.TempDir(), "--on-demand", host+"/**", "--per-client", "0")
	f.Client.Transport.(*http.Transport).DisableKeepAlives = false // it is about many requests
	defer f.Client.CloseIdleConnections()
	ask := func(i int) {
		for _, path := range []string{
			"/1.0/images/aliases/%s/made-up-%d", "/1.0/images/%s/made-up-%d:tag", "/1.0/images/stranger-%[2]d.example/%[1]s",
			"/images/%s/made-up-%d", "/%s/made-up-%d", "/1.0/%s/made-up-%d", "/1.0/images/%s/%d/export",
		} {
			f.public(fmt.Sprintf(path, host, i))
		}
		r, err := http.NewRequest(fmt.Sprintf("MADEUP%d", i), f.URL+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := f.Client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
	}
	for i := range 3 {
		ask(i)
	}
	before := slices.Sorted(maps.Keys(f.series()))
	for i := range 1000 {
		ask(1000 + i)
	}
	got := f.series()
	if after := slices.Sorted(maps.Keys(got)); !slices.Equal(before, after) {
		t.Errorf("there were %d series, and there are %d:\n%s", len(before), len(after), strings.Join(after, "\n"))
	}
	for name := range got {
		if strings.Contains(name, "made-up") || strings.Contains(name, "stranger") || strings.Contains(name, "MADEUP") {
			t.Errorf("a client has chosen the words of %s", name)
		}
	}
	if got[`imgserver_conversions_total{origin="hub",result="failed"}`] == "0" {
		t.Error("nothing was asked of the registry")
	}
}

func TestMetricsAreAsPrometheusWantsThem(t *testing.T) {
	program := testenv.NeedsProgram(t, "promtool", "prometheus")
	testenv.NeedsProgram(t, "busybox", "busybox-static")
	f := newWatchedFixture(t, "--cache", t.TempDir(), "--cache-size", "1G", "--on-demand", "library/*", "--specs", t.TempDir())
	f.public("/")
	_, body := f.admin("/metrics")
	check := exec.Command(program, "check", "metrics")
	check.Stdin = strings.NewReader(body)
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestEveryMetricIsDocumented: operating.md has those that there are, and no others; nor have
// the alerts.
func TestEveryMetricIsDocumented(t *testing.T) {
	testenv.NeedsProgram(t, "busybox", "busybox-static")
	registry := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("RateLimit-Remaining", "76;w=21600")
		w.WriteHeader(http.StatusNotFound)
	}))
	defer registry.Close()
	host := strings.TrimPrefix(registry.URL, "http://")
	f := newWatchedFixture(t, "--cache", t.TempDir(), "--cache-size", "1G", "--on-demand", host+"/**", "--specs", t.TempDir(),
		"--acme-domain", "hub.example.org", "--acme-directory", "https://127.0.0.1:1/dir")
	f.public("/1.0/images/" + host + "/app")
	_, body := f.admin("/metrics")
	documented, alerts := metricsIn(t, "../../docs/operating.md"), metricsIn(t, "../../packaging/alerts.yml")
	there := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (imgserver_[a-z_]+)`).FindAllStringSubmatch(body, -1) {
		there[found[1]] = true
		if !documented[found[1]] {
			t.Errorf("operating.md does not name %s", found[1])
		}
	}
	maps.Copy(documented, alerts)
	for n := range metricsIn(t, "../../packaging/grafana.json") {
		documented[strings.TrimSuffix(n, "_bucket")] = true
	}
	for n := range documented {
		if !there[n] {
			t.Errorf("operating.md, alerts.yml or grafana.json names %s, which there is not", n)
		}
	}
}

// metricsIn are the metrics that a file names.
func metricsIn(t *testing.T, file string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, n := range regexp.MustCompile(`\bimgserver_[a-z_]+`).FindAllString(string(text), -1) {
		all[n] = true
	}
	return all
}

// TestTheDashboardAsksWhatPrometheusUnderstands: with what Grafana puts in place of its
// variables.
func TestTheDashboardAsksWhatPrometheusUnderstands(t *testing.T) {
	program := testenv.NeedsProgram(t, "promtool", "prometheus")
	text, err := os.ReadFile("../../packaging/grafana.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	variables := strings.NewReplacer("$__rate_interval", "5m", "$instance", "hub:9443", "$job", "imgserver")
	rules := "groups:\n- name: dashboard\n  rules:\n"
	n := 0
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			n++
			rules += fmt.Sprintf("  - record: panel%d\n    expr: %q\n", n, variables.Replace(target.Expr))
		}
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "check", "rules", file).CombinedOutput(); err != nil || n < 10 {
		t.Errorf("%d expressions: %v\n%s", n, err, out)
	}
}

func TestAlerts(t *testing.T) {
	program := testenv.NeedsProgram(t, "promtool", "prometheus")
	for _, args := range [][]string{{"check", "rules", "alerts.yml"}, {"test", "rules", "alerts_test.yml"}} {
		check := exec.Command(program, args...)
		check.Dir = "../../packaging"
		if out, err := check.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}
