package hostile

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hub starts an imgserver with patterns of its own: "-PATTERN" is a denied one, and
// "--FLAG=VALUE" a flag.
func hub(t *testing.T, s *shelf, dir string, patterns ...string) *victim {
	t.Helper()
	program, err := imgserver()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--lxdimages", filepath.Join(dir, "images"), "--cache", filepath.Join(dir, "cache"), "--address", "127.0.0.1:0", "--every", "0", "--no-deltas", "--compression", "fast"}
	for _, p := range patterns {
		if strings.HasPrefix(p, "--") {
			args = append(args, p)
		} else if denied, ok := strings.CutPrefix(p, "-"); ok {
			args = append(args, "--on-demand-deny", denied)
		} else {
			args = append(args, "--on-demand", p)
		}
	}
	return startVictim(t, s, program, dir, args...)
}

// get returns what a client is told under a path.
func (v *victim) get(path string) (status int, body string) {
	v.t.Helper()
	r, err := v.Client.Get(v.URL + path)
	if err != nil {
		v.t.Fatalf("%v\n%s", err, v.Output())
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(text)
}

// named is what an image is made from that a name means: its reference; or the refusal.
func (v *victim) named(name string) (reference, fingerprint string) {
	v.t.Helper()
	_, body := v.get("/1.0/images/" + url.PathEscape(name))
	var a struct {
		Error    string
		Metadata struct {
			Fingerprint string
			Properties  map[string]string
		}
	}
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		v.t.Fatalf("%s: %v in %s", name, err, body)
	}
	if a.Error != "" {
		return "refused: " + a.Error, ""
	}
	return a.Metadata.Properties["lxdocker.ref"], a.Metadata.Fingerprint
}

func TestAClientPassesNoPatternWithATagByADigest(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	digest := s.one("app", "anything")
	v := hub(t, s, t.TempDir(), s.host+"/app:1.*", s.host+"/tool", "-"+s.host+"/tool:old")
	for _, name := range []string{"app:1.2@" + digest, "app@" + digest, "app:1.@" + digest, "tool:old", "tool@" + digest, "tool:new@" + digest} {
		if got, _ := v.named(s.host + "/" + name); !strings.HasPrefix(got, "refused: ") {
			t.Errorf("%s is %s", name, got)
		}
	}
	for _, name := range []string{"app:1.2", "tool:new"} {
		if got, _ := v.named(s.host + "/" + name); strings.HasPrefix(got, "refused: ") && strings.Contains(got, "none of the images") {
			t.Errorf("%s is %s", name, got)
		}
	}
	t.Log("the attacker got no image: a pattern with a tag allows no digest, and one that denies a tag denies all digests of the name")
}

func TestAClientPassesNoDenyPatternByAnotherSpelling(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.one("secret", "secret")
	port := s.host[strings.IndexByte(s.host, ':')+1:]
	v := hub(t, s, t.TempDir(), "**", "-"+s.host+"/secret")
	tried := 0
	for _, host := range []string{"127.0.0.1:" + port, "127.0.0.1:0" + port, "127.0.0.1:000" + port, "[::ffff:127.0.0.1]:" + port, "[::ffff:7f00:1]:0" + port, "[0:0:0:0:0:FFFF:127.0.0.1]:" + port,
		"127.0.0.1.:" + port, "127.1:" + port, "2130706433:" + port, "0x7f.1:" + port, "0177.0.0.1:" + port, "１２７.0.0.1:" + port, "127.0.0.1：" + port, "127。0.0.1:" + port, "127.0.0.1:+" + port} {
		for _, path := range []string{"/secret", "/secret:latest", "/secret/amd64", "/secret:latest/amd64"} {
			tried++
			if got, _ := v.named(host + path); !strings.HasPrefix(got, "refused: ") {
				t.Errorf("%s%s is %s", host, path, got)
			}
		}
	}
	t.Logf("the attacker got nothing by %d spellings", tried)
}

func TestAClientMakesOneImageOfADigestWhateverTagsAreWritten(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	digest := s.one("app", strings.Repeat("data", 1000))
	v := hub(t, s, t.TempDir(), s.host+"/*")
	fingerprints := map[string]bool{}
	for i := range 21 {
		_, f := v.named(fmt.Sprintf("%s/app:made-up-%d@%s", s.host, i, digest))
		fingerprints[f] = true
	}
	products, _ := filepath.Glob(filepath.Join(v.dir, "images", "images", "*", "*"))
	if len(products) != 1 || len(fingerprints) != 1 || fingerprints[""] {
		t.Errorf("there are the images %v with the fingerprints %v", products, fingerprints)
	}
	t.Logf("the attacker got one image of %d KiB for 21 names", usage(filepath.Join(v.dir, "images"))>>10)
}

func TestAClientGetsNothingThatThePolicyTookBack(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.one("app", "taken back")
	s.one("other", "allowed")
	dir := t.TempDir()
	before := hub(t, s, dir, s.host+"/*")
	_, fingerprint := before.named(s.host + "/app")
	if _, other := before.named(s.host + "/other"); fingerprint == "" || other == "" {
		t.Fatal("there is no image to begin with")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "images/images/*_app_*/*/*/rootfs.squashfs"))
	if len(files) != 1 {
		t.Fatalf("its files are %v", files)
	}
	path, _ := filepath.Rel(filepath.Join(dir, "images"), files[0])
	before.Kill()
	for _, patterns := range [][]string{{s.host + "/*", "-" + s.host + "/app"}, {s.host + "/other"}} {
		v := hub(t, s, dir, patterns...)
		if status, _ := v.get("/" + path); status != 404 {
			t.Errorf("its file is %d", status)
		}
		if status, _ := v.get("/1.0/images/" + fingerprint); status != 404 {
			t.Errorf("by its fingerprint it is %d", status)
		}
		if status, _ := v.get("/1.0/images/" + fingerprint + "/export"); status != 404 {
			t.Errorf("it is exported: %d", status)
		}
		for _, list := range []string{"/streams/v1/images.json", "/1.0/images?recursion=1", "/1.0/images/aliases", "/"} {
			if _, body := v.get(list); strings.Contains(body, "/app") || !strings.Contains(body, "/other") && !strings.Contains(body, "%2Fother") {
				t.Errorf("%s lists %s", list, body)
			}
		}
		if got, _ := v.named(s.host + "/app"); !strings.HasPrefix(got, "refused: ") {
			t.Errorf("by its name it is %s", got)
		}
		v.Kill()
	}
	t.Log("the attacker got neither name, fingerprint nor file of an image that no pattern allows any more")
}

func TestAClientLearnsNothingOfTheMachine(t *testing.T) {
	s := newShelf(t)
	s.one("app", "x")
	dir := t.TempDir()
	login := filepath.Join(t.TempDir(), "private-auth.json")
	if err := os.WriteFile(login, []byte(`{"auths": {"`+s.host+`": "odd"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("REGISTRY_AUTH_FILE", login)
	v := hub(t, s, dir, "**", s.host+"/**")
	if err := os.RemoveAll(filepath.Join(dir, "cache", "layers")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cache", "layers"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{s.host + "/app", s.host + "/none", "127.0.0.1:1/app", "no-such-host.invalid/x", s.host + "/app/riscv64", "oci:/etc/passwd", "docker-archive:" + login, "a/../../b", "user:secret@ghcr.io/x"} {
		got, _ := v.named(name)
		if !strings.HasPrefix(got, "refused: ") {
			t.Errorf("%s is %s", name, got)
		}
		for _, word := range []string{dir, "private-auth", "/tmp", "layers", "no such file", "not a directory", "dial", "lookup", "refused by", "connection refused", "private login", "--"} {
			if strings.Contains(strings.TrimPrefix(got, "refused: "), word) && !strings.Contains(name, word) {
				t.Errorf("%s: the client is told %q: %s", name, word, got)
			}
		}
		t.Logf("asking for %s, the attacker got: %s", name, got)
	}
	if log := v.Output(); !strings.Contains(log, filepath.Join(dir, "cache", "layers")) {
		t.Errorf("the log does not say what is wrong:\n%s", log)
	}
}
