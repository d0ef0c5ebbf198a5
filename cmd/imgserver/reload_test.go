package main

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/oci/ocitest"
	"lxdocker/internal/runs"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/server/servertest"
	"lxdocker/internal/store/dir"
)

// house is an imgserver whose settings are in a file, and what it converts from.
type house struct {
	*hubs
	file   string
	server *servertest.Process
}

// newHouse starts a server with settings, in which HOST is the registry and DIR a folder.
func newHouse(t *testing.T, text string, args ...string) *house {
	t.Helper()
	folder := t.TempDir()
	h := &house{hubs: &hubs{t: t, registry: newRegistry(t), images: filepath.Join(folder, "images")}, file: filepath.Join(folder, "config.yaml")}
	h.registry.push("latest", ocitest.Recipe{}.Bake(t))
	for _, name := range []string{"images", "specs"} {
		if err := os.MkdirAll(filepath.Join(folder, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	h.write(text)
	h.server = started(t, h.images, append(args, "--config", h.file)...)
	h.each = append(h.each, h.server)
	return h
}

func (h *house) folder() string { return filepath.Dir(h.file) }

func (h *house) write(text string) {
	h.t.Helper()
	text = strings.NewReplacer("HOST", h.registry.host, "DIR", h.folder()).Replace(text)
	if err := os.WriteFile(h.file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// reload gives the server other settings, and waits until it has logged something more.
func (h *house) reload(text, logs string) {
	h.t.Helper()
	h.write(text)
	before := len(h.server.Log.String())
	send(h.t, h.server, syscall.SIGHUP)
	h.within(logs, func() bool { return strings.Contains(h.server.Log.String()[before:], logs) })
}

// status is that of the answer to a request.
func (h *house) status(path string, headers ...string) int {
	h.t.Helper()
	q, err := http.NewRequestWithContext(h.t.Context(), http.MethodGet, h.server.URL+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	r, err := h.server.Client.Do(q)
	if err != nil {
		h.t.Fatal(err)
	}
	defer r.Body.Close()
	_, _ = io.Copy(io.Discard, r.Body)
	return r.StatusCode
}

func (h *house) wants(when, path string, status int, headers ...string) {
	h.t.Helper()
	if got := h.status(path, headers...); got != status {
		h.t.Errorf("%s, %s is %d, not %d:\n%s", when, path, got, status, &h.server.Log)
	}
}

// offered are the versions that clients may have by simplestreams.
func (h *house) offered() (all []image.Version) {
	h.t.Helper()
	s, err := dir.Open(h.images)
	if err != nil {
		h.t.Fatal(err)
	}
	now, err := s.Versions(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, v := range now.List() {
		if v.Retired == nil {
			all = append(all, v)
		}
	}
	return all
}

const (
	index  = "/streams/v1/index.json"
	demand = "on-demand: [HOST/library/*]\ncache: DIR/cache\n"
)

func TestAReloadChangesWhatMayBeAskedFor(t *testing.T) {
	h := newHouse(t, demand)
	if got := h.ask(t.Context(), h.server, "app"); !strings.Contains(got, `"target"`) {
		t.Fatalf("it answers %s", got)
	}
	file := h.offered()[0]
	path := "/" + file.Path(file.Files[0])
	h.wants("at first", path, 200)
	h.reload("on-demand: [HOST/other/*]\ncache: DIR/cache\n", "msg=\"a setting has changed\" setting=on-demand ")
	h.wants("when the policy is narrower", path, 404)
	if got := h.ask(t.Context(), h.server, "app"); !strings.Contains(got, "is none of the images that this server converts") {
		t.Errorf("it answers %s", got)
	}
	h.within("what nobody may have is taken back", func() bool { return len(h.offered()) == 0 })
	h.reload("on-demand: [HOST/other/*]\ncache: DIR/cache\non-demand-for: ['127.0.0.1=HOST/library/*']\n", "setting=on-demand-for ")
	if got := h.ask(t.Context(), h.server, "app"); !strings.Contains(got, `"target"`) {
		t.Errorf("who has a right gets %s", got)
	}
	h.reload("on-demand: [HOST/other/*]\ncache: DIR/cache\non-demand-for: ['192.0.2.1=HOST/library/*']\n", "setting=on-demand-for ")
	if got := h.ask(t.Context(), h.server, "app"); strings.Contains(got, `"target"`) {
		t.Errorf("who has lost it gets %s", got)
	}
	h.reload(demand+"on-demand-deny: [HOST/library/app]\n", "setting=on-demand-deny ")
	if got := h.ask(t.Context(), h.server, "app"); strings.Contains(got, `"target"`) {
		t.Errorf("what is denied is %s", got)
	}
}

// TestAReloadBreaksNothingOff: neither a conversion, whose client waits for it, nor a download,
// nor the connection that has both.
func TestAReloadBreaksNothingOff(t *testing.T) {
	h := newHouse(t, demand+"path-prefix: /before/\n")
	release, held := make(chan struct{}), make(chan struct{}, 100)
	h.registry.hold = func(*http.Request) {
		held <- struct{}{}
		<-release
	}
	answer := make(chan int, 1)
	go func() { answer <- h.status("/before/1.0/images/" + h.registry.host + "%2Flibrary%2Fapp") }()
	<-held
	h.reload(demand+"path-prefix: /after/\nconversions: 1\nusers: DIR/users\n", "the settings are wrong")
	h.reload(demand+"path-prefix: /after/\nconversions: 1\n", "setting=path-prefix ")
	close(release)
	if got := <-answer; got != 200 {
		t.Errorf("who has waited gets %d:\n%s", got, &h.server.Log)
	}
	h.wants("after that", "/after"+index, 200)
	if log := h.server.Log.String(); strings.Contains(log, "before/") || strings.Contains(log, "/after") {
		t.Errorf("a secret is in the log:\n%s", log)
	}
	h.wants("after that", "/before"+index, 404)
}

func TestAReloadLeavesConnectionsOpen(t *testing.T) {
	h := newHouse(t, "")
	v := split(t, h.images, "web", make([]byte, 32<<20))
	certificate := h.images + "-tls/imgserver.crt"
	client, err := servertest.Client(certificate)
	if err != nil {
		t.Fatal(err)
	}
	transport := client.Transport.(*http.Transport)
	transport.DisableKeepAlives, transport.MaxConnsPerHost = false, 1
	defer client.CloseIdleConnections()
	r, err := client.Get(h.server.URL + "/" + v.Path(v.Files[1]))
	if err != nil {
		t.Fatal(err)
	}
	h.reload("allow: [192.0.2.0/24]\n", "setting=allow ")
	if n, err := io.Copy(io.Discard, r.Body); n != 32<<20 || err != nil {
		t.Errorf("of a download, %d bytes come, %v", n, err)
	}
	_ = r.Body.Close()
	reused := false
	for range 2 {
		if r, err = client.Get(h.server.URL + index); err != nil {
			t.Fatal(err)
		}
		reused = r.StatusCode == 403
		_ = r.Body.Close()
	}
	if !reused {
		t.Errorf("who may not enter any more gets %s", r.Status)
	}
}

func TestAReloadChangesWhoMayEnter(t *testing.T) {
	h := newHouse(t, "")
	h.wants("at first", index, 200)
	const line = "alice:$2y$04$TaKt3ezSHdc4U5MH2SZEk.K8rSvX4dHZTDVXkgVSFDOwTVHx7VmLi\n"
	if err := os.WriteFile(filepath.Join(h.folder(), "users"), []byte(line), 0o600); err != nil {
		t.Fatal(err)
	}
	h.reload("users: DIR/users\n", "setting=users ")
	h.wants("with users", index, 401)
	h.reload("users: DIR/users\nno-login: [127.0.0.1]\n", "setting=no-login ")
	h.wants("with an exception", index, 200)
	h.reload("allow: [192.0.2.0/24]\n", "setting=allow ")
	h.wants("from another address", index, 403)
	h.wants("by a proxy that is none", index, 403, "X-Forwarded-For", "192.0.2.7")
	h.reload("allow: [192.0.2.0/24]\ntrusted-proxy: [127.0.0.1]\n", "setting=trusted-proxy ")
	h.wants("by a proxy", index, 200, "X-Forwarded-For", "192.0.2.7")
	h.reload("path-prefix: /5b1f/\n", "setting=path-prefix was=\"\" now=(secret)")
	h.wants("without the prefix", index, 404)
	h.wants("with the prefix", "/5b1f"+index, 200)
	h.reload("", "setting=path-prefix was=(secret) now=\"\" ")
	h.wants("at last", index, 200)
}

func TestAReloadChangesLimits(t *testing.T) {
	h := newHouse(t, demand+"max-image: 1\n")
	name := "/1.0/images/" + h.registry.host + "%2Flibrary%2Fapp"
	h.wants("with a low limit", name, 413)
	h.reload(demand, "setting=max-image ")
	h.wants("without it", name, 200)
	h.reload(demand+"on-demand-files: 1\n", "setting=on-demand-files ")
	h.registry.push("1", ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "etc/one", []byte("1\n"), "etc/two", []byte("2\n"))}}.Bake(t))
	h.wants("with few files", name+":1", 413)
	h.reload(demand+"images-size: 1\n", "setting=images-size ")
	h.within("images have no room", func() bool { return len(h.offered()) == 0 })
	h.wants("without room", name, 413)
	h.reload(demand+"per-client: 1\n", "setting=images-size ")
	h.wants("another one within an hour", name, 429)
	h.reload(demand, "setting=per-client ")
	h.wants("with room", name, 200)
}

func TestAReloadChangesWhatIsKept(t *testing.T) {
	h := newHouse(t, demand+"every: 24h\n", "--admin-address", "127.0.0.1:0")
	push := func(text string) {
		t.Helper()
		h.registry.push("latest", ocitest.Recipe{Layers: [][]byte{ocitest.Tar(t, "etc/text", []byte(text))}}.Bake(t))
		send(t, h.server, syscall.SIGHUP)
	}
	h.ask(t.Context(), h.server, "app")
	h.within("the first one", func() bool { return len(h.offered()) == 1 })
	push("two")
	h.within("both", func() bool { return len(h.offered()) == 2 })
	h.reload(demand+"every: 24h\nkeep: 1\ncache-size: 7M\n", "setting=keep was=3 now=1")
	push("three")
	h.within("one alone", func() bool { return len(h.offered()) == 1 && len(h.published()) == 3 })
	if got := metric(t, h.server, "imgserver_cache_limit_bytes"); got != "7.340032e+06" {
		t.Errorf("the limit of the cache is %s", got)
	}
}

// metric is the value of a metric, at the address that the server has logged.
func metric(t *testing.T, s *servertest.Process, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(s.Log.String(), `msg="answering those who watch" address=`)
	if !ok {
		t.Fatalf("nobody watches:\n%s", &s.Log)
	}
	address, _, _ := strings.Cut(rest, "\n")
	r, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(body(t, r)) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func TestAReloadChangesTheTimesOfSpecs(t *testing.T) {
	h := newHouse(t, "specs: DIR/specs\ncache: DIR/cache\nevery: 24h\n")
	next := func() time.Duration {
		s, err := dir.Open(h.images)
		if err != nil {
			t.Fatal(err)
		}
		r, err := runs.Read(s, time.Now())
		if err != nil || len(r.Servers) != 1 || r.Servers[0].Next == nil {
			return 0
		}
		return time.Until(*r.Servers[0].Next)
	}
	h.within("the first look", func() bool { return next() > 20*time.Hour })
	h.reload("specs: DIR/specs\ncache: DIR/cache\nevery: 24h\nschedule: '* * * * *'\n", "setting=schedule ")
	h.within("the next look within a minute", func() bool { return next() != 0 && next() <= time.Minute })
	h.reload("specs: DIR/specs\ncache: DIR/cache\nevery: 48h\n", "setting=schedule ")
	h.within("the next look in two days", func() bool { return next() > 40*time.Hour })
}

func TestAReloadBeginsToLookForDamage(t *testing.T) {
	h := newHouse(t, "verify-every: 0\n")
	v := split(t, h.images, "web", []byte("root file system"))
	if err := os.WriteFile(filepath.Join(h.images, v.Path(v.Files[1])), []byte("ROOT FILE SYSTEM"), 0o644); err != nil {
		t.Fatal(err)
	}
	h.reload("verify-every: 1h\n", "setting=verify-every ")
	h.within("damage", func() bool { return strings.Contains(h.server.Log.String(), "a published version is damaged") })
}

func TestAReloadChangesTheCertificate(t *testing.T) {
	h := newHouse(t, "")
	other, err := certificate.SelfSigned(filepath.Join(h.folder(), "other"), []string{"localhost", "127.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	h.reload("key: DIR/other/imgserver.key\ncert: DIR/nowhere.crt\n", "the settings are wrong")
	h.wants("with a certificate that is not there", index, 200)
	h.reload("key: DIR/other/imgserver.key\ncert: DIR/other/imgserver.crt\n", "setting=cert ")
	if _, err := get(other.Cert, h.server.URL+index); err != nil {
		t.Error(err)
	}
	h.reload("", "setting=cert ")
	if _, err := get(h.images+"-tls/imgserver.crt", h.server.URL+index); err != nil {
		t.Error(err)
	}
}

// TestAMistakeKeepsAllSettings, those that are right, too; and the service manager hears that
// the reload is over, and of the mistake.
func TestAMistakeKeepsAllSettings(t *testing.T) {
	m := newServiceManager(t)
	h := newHouse(t, demand)
	m.hears("READY=1")
	for name, test := range map[string]struct{ settings, logs string }{
		"in a file that a setting names": {demand + "users: DIR/nobody\nallow: [192.0.2.0/24]\n", "nobody: no such file"},
		"in the settings":                {demand + "allow: [192.0.2.0/24]\nper-client: -1\n", "per-client cannot be"},
		"of settings together":           {demand + "allow: [192.0.2.0/24]\nno-login: [192.0.2.0/24]\n", "--no-login needs --users"},
	} {
		before := len(h.server.Log.String())
		h.reload(test.settings, test.logs)
		m.hears("RELOADING=1")
		m.hears("READY=1")
		h.wants("with a mistake "+name, index, 200)
		if log := h.server.Log.String()[before:]; strings.Contains(log, "a setting has changed") || strings.Count(log, "level=ERROR") != 1 {
			t.Errorf("a mistake %s: it logs\n%s", name, log)
		}
	}
	h.reload(demand+"allow: [192.0.2.0/24]\n", "setting=allow ")
	m.hears("READY=1")
	h.wants("without one", index, 403)
}

func TestWhatNeedsARestartIsNamed(t *testing.T) {
	h := newHouse(t, "allow: [127.0.0.1]\n")
	const restart = "a setting has changed that counts after a restart only\" setting="
	h.reload(demand+"admin-address: 127.0.0.1:0\nallow: [127.0.0.0/8]\nspecs: DIR/specs\nschedule: '@daily'\n", restart+"specs ")
	log := h.server.Log.String()
	for _, name := range []string{"admin-address", "cache", "on-demand", "schedule", "specs"} {
		if !strings.Contains(log, restart+name+" ") {
			t.Errorf("%s is not said to need a restart:\n%s", name, log)
		}
	}
	if !strings.Contains(log, `msg="a setting has changed" setting=allow was=[127.0.0.1] now=[127.0.0.0/8]`) {
		t.Errorf("what does not need one has not changed:\n%s", log)
	}
	h.wants("meanwhile", index, 200)
	// What does not go together with what needs a restart waits, too.
	h.reload("users: DIR/users\n", "no such file")
}
