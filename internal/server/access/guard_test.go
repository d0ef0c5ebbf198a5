package access_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"lxdocker/internal/ratelimit"
	"lxdocker/internal/server/access"
)

// site is a guarded server.
type site struct {
	t       *testing.T
	file    string // of users
	log     bytes.Buffer
	now     time.Time
	handler http.Handler
}

func line(t *testing.T, name, password string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return name + ":" + strings.Replace(string(hash), "$2a$", "$2y$", 1) + "\n" // as htpasswd writes it
}

func networks(t *testing.T, texts ...string) access.Networks {
	t.Helper()
	n, err := access.ParseNetworks(texts)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// write replaces a file in one step, as editors do.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

func guarded(t *testing.T, rules access.Rules, users string) *site {
	t.Helper()
	s := &site{t: t, file: filepath.Join(t.TempDir(), "users"), now: time.Now()}
	log := slog.New(slog.NewTextHandler(&s.log, nil))
	if users != "" {
		write(t, s.file, users)
		var err error
		if rules.Users, err = access.LoadUsers(s.file, log); err != nil {
			t.Fatal(err)
		}
	}
	rules.Log, rules.Now = log, func() time.Time { return s.now }
	rules.Refuse = func(w http.ResponseWriter, _ *http.Request, status int, text string) { http.Error(w, text, status) }
	inside := rules.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello "+access.VisitorOf(r).User)
	}), new(ratelimit.Limiter))
	s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, _ = access.Visit(r)
		inside.ServeHTTP(w, r)
	})
	return s
}

// ask asks from an address; login is NAME:PASSWORD or nothing.
func (s *site) ask(address, login string) *http.Response {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/1.0/images/secret", nil)
	r.RemoteAddr = address + ":1234"
	if name, password, ok := strings.Cut(login, ":"); ok {
		r.SetBasicAuth(name, password)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w.Result()
}

func (s *site) expect(address, login string, status int) {
	s.t.Helper()
	if got := s.ask(address, login); got.StatusCode != status {
		s.t.Errorf("%s with %q gets %s, not %d", address, login, got.Status, status)
	}
}

func TestWithoutRulesAllAreServed(t *testing.T) {
	s := guarded(t, access.Rules{}, "")
	s.expect("192.0.2.1", "", 200)
	s.expect("192.0.2.1", "anybody:anything", 200)
}

func TestAddresses(t *testing.T) {
	s := guarded(t, access.Rules{Allow: networks(t, "10.0.0.0/8")}, "")
	s.expect("10.1.2.3", "", 200)
	s.expect("192.0.2.1", "", 403)
}

func TestLogins(t *testing.T) {
	s := guarded(t, access.Rules{NoLogin: networks(t, "10.0.0.0/8")}, "# people\n\n"+line(t, "alice", "secret")+line(t, "bob", "geheim:ö"))
	for login, want := range map[string]int{
		"alice:secret": 200, "bob:geheim:ö": 200, "alice:geheim:ö": 401, "alice:": 401, ":": 401, "carol:secret": 401, "": 401,
		"Alice:secret": 401,
	} {
		s.expect("192.0.2.1", login, want)
	}
	s.expect("10.0.0.1", "", 200)
	s.expect("10.0.0.1", "alice:wrong", 401) // who says something says what is right
	resp := s.ask("192.0.2.2", "")
	if got := resp.Header.Get("WWW-Authenticate"); got != `Basic realm="imgserver", charset="UTF-8"` {
		t.Errorf("it asks for a login by %q", got)
	}
	body, _ := io.ReadAll(s.ask("10.0.0.1", "alice:secret").Body)
	if string(body) != "hello alice" {
		t.Errorf("the handler learns %q", body)
	}
}

func TestBothRulesCount(t *testing.T) {
	s := guarded(t, access.Rules{Allow: networks(t, "10.0.0.0/8")}, line(t, "alice", "secret"))
	s.expect("10.0.0.1", "alice:secret", 200)
	s.expect("10.0.0.1", "", 401)
	s.expect("192.0.2.1", "alice:secret", 403)
}

func TestWrongLoginsAreLimitedForEachClient(t *testing.T) {
	s := guarded(t, access.Rules{}, line(t, "alice", "secret"))
	s.expect("192.0.2.1", "alice:secret", 200)
	for i := range 10 {
		s.expect("192.0.2.1", fmt.Sprint("alice:", i), 401)
	}
	resp := s.ask("192.0.2.1", "alice:10")
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "10" || resp.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("the eleventh gets %s, %v", resp.Status, resp.Header)
	}
	s.expect("192.0.2.1", "alice:secret", 429) // or guessing could go on
	s.expect("192.0.2.1", "", 401)
	s.expect("192.0.2.2", "alice:secret", 200)
	s.now = s.now.Add(11 * time.Second)
	s.expect("192.0.2.1", "alice:wrong", 401)
	s.expect("192.0.2.1", "alice:secret", 429)
	s.now = s.now.Add(11 * time.Second)
	s.expect("192.0.2.1", "alice:secret", 200)
	for range 50 {
		s.expect("192.0.2.1", "alice:secret", 200)
	}
	log := s.log.String()
	if n := strings.Count(log, `msg="a login was wrong" client=192.0.2.1 user=alice`); n != 11 {
		t.Errorf("%d of 11 are in the log:\n%s", n, log)
	}
	if !strings.Contains(log, "further logins") || strings.Contains(log, "secret") {
		t.Errorf("the log is\n%s", log)
	}
}

// A network of IPv6 is one client, and guesses at the same time are not more than others.
func TestWrongLoginsAtTheSameTime(t *testing.T) {
	s := guarded(t, access.Rules{}, line(t, "alice", "secret"))
	var mu sync.Mutex
	count := map[int]int{}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			status := s.ask(fmt.Sprintf("[2001:db8::%x]", i+1), "alice:wrong").StatusCode
			mu.Lock()
			defer mu.Unlock()
			count[status]++
		})
	}
	wg.Wait()
	if count[401] != 10 || count[429] != 30 {
		t.Errorf("the answers are %v", count)
	}
}

func TestTheLogDoesNotHaveNamesThatNobodyHas(t *testing.T) {
	s := guarded(t, access.Rules{}, line(t, "alice", "secret"))
	s.expect("192.0.2.1", "my-password:x", 401)
	if log := s.log.String(); strings.Contains(log, "my-password") || !strings.Contains(log, "(unknown)") {
		t.Errorf("the log is\n%s", log)
	}
}

func TestUsersAreReadAgain(t *testing.T) {
	s := guarded(t, access.Rules{}, line(t, "alice", "secret"))
	s.expect("192.0.2.1", "alice:secret", 200)
	write(t, s.file, line(t, "alice", "new")+line(t, "bob", "secret"))
	s.expect("192.0.2.1", "alice:secret", 401) // though it was right a moment ago
	s.expect("192.0.2.1", "alice:new", 200)
	s.expect("192.0.2.1", "bob:secret", 200)
	write(t, s.file, "alice:plain\n")
	s.expect("192.0.2.1", "alice:new", 200)
	if log := s.log.String(); !strings.Contains(log, "keeping the users as they were") || !strings.Contains(log, "users:1:") || strings.Contains(log, "plain") {
		t.Errorf("the log is\n%s", log)
	}
	if err := os.Remove(s.file); err != nil {
		t.Fatal(err)
	}
	s.expect("192.0.2.1", "bob:secret", 200)
	write(t, s.file, line(t, "bob", "again"))
	s.expect("192.0.2.1", "alice:new", 401)
	s.expect("192.0.2.1", "bob:again", 200)
}

func TestWhatIsWrongWithAFileOfUsers(t *testing.T) {
	good := line(t, "alice", "secret")
	for text, want := range map[string]string{
		"":                                       "nobody is in",
		"# nobody\n":                             "nobody is in",
		good + "bob\n":                           ":2: a line is NAME:HASH",
		"bob:$apr1$salt$hash\n":                  ":1: the password of bob is not hashed with bcrypt",
		good + good:                              ":2: alice is there already",
		strings.Replace(good, "alice", "a b", 1): "has no spaces",
		strings.Replace(good, "alice", "", 1):    "is not empty",
		strings.Replace(good, "$04$", "$31$", 1): "its cost is 31, and may be 15",
	} {
		file := filepath.Join(t.TempDir(), "users")
		write(t, file, text)
		_, err := access.LoadUsers(file, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "$") {
			t.Errorf("%q: %v", text, err)
		}
	}
	file := filepath.Join(t.TempDir(), "users")
	write(t, file, good)
	if err := os.Chmod(file, 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := access.LoadUsers(file, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "may be written by everybody") {
		t.Errorf("one that everybody may change: %v", err)
	}
}
