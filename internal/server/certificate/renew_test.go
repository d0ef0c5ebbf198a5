package certificate_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lxdocker/internal/server/certificate"
)

func contents(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Not even a certificate that has expired, or is not valid yet, is replaced by a start.
func TestNoStartReplacesACertificate(t *testing.T) {
	for name, made := range map[string]time.Time{
		"valid":         time.Now(),
		"expired":       time.Now().AddDate(-11, 0, 0),
		"not valid yet": time.Now().AddDate(1, 0, 0),
	} {
		dir := t.TempDir()
		files, err := certificate.SelfSigned(dir, []string{"hub"}, made)
		if err != nil {
			t.Fatal(err)
		}
		cert, key := contents(t, files.Cert), contents(t, files.Key)
		for years := range 12 {
			again, err := certificate.SelfSigned(dir, []string{"another"}, time.Now().AddDate(years, 0, 0))
			if err != nil || again.Made {
				t.Errorf("%s: made again after %d years, %v", name, years, err)
			}
		}
		if !bytes.Equal(cert, contents(t, files.Cert)) || !bytes.Equal(key, contents(t, files.Key)) {
			t.Errorf("%s: it was replaced", name)
		}
	}
}

func TestRenewKeepsTheOldPair(t *testing.T) {
	dir := t.TempDir()
	files := own(t, dir, "hub")
	before := parse(t, files)
	if _, err := certificate.Renew(dir, []string{"hub"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if parse(t, files).Equal(before) {
		t.Error("it is the same one")
	}
	load(t, files, &bytes.Buffer{})
	kept := certificate.Files{Cert: files.Cert + ".old", Key: files.Key + ".old"}
	load(t, kept, &bytes.Buffer{})
	if !parse(t, kept).Equal(before) {
		t.Error("the one that was kept is another one")
	}
}

func TestRenewNeedsSomethingToRenew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tls")
	if _, err := certificate.Renew(dir, []string{"hub"}, time.Now()); err == nil {
		t.Error("no error")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("it made the folder")
	}
}

// Renew writes the old key and certificate beside, the new key, and the new certificate; a
// crash may come before each of them.
func TestACrashInTheMiddleOfRenewLeavesAPair(t *testing.T) {
	other := own(t, t.TempDir(), "hub")
	for _, files := range [][]string{{"imgserver.key.old"}, {"imgserver.key.old", "imgserver.crt.old"}} {
		dir := t.TempDir()
		pair := own(t, dir, "hub")
		known := parse(t, pair)
		for _, f := range files {
			from := map[string]string{"imgserver.key.old": pair.Key, "imgserver.crt.old": pair.Cert}[f]
			if err := os.WriteFile(filepath.Join(dir, f), contents(t, from), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		check := func(when string) {
			t.Helper()
			again := own(t, dir, "hub")
			if load(t, again, &bytes.Buffer{}); !parse(t, again).Equal(known) {
				t.Errorf("%s: clients know another certificate", when)
			}
		}
		check("before the new key")
		if err := os.WriteFile(pair.Key, contents(t, other.Key), 0o600); err != nil {
			t.Fatal(err)
		}
		check("after the new key")
	}
}

// A pair that somebody has mixed up is no reason to forget the one that was kept.
func TestRenewOfAPairThatDoesNotFitKeepsTheLastThatDid(t *testing.T) {
	dir := t.TempDir()
	files := own(t, dir, "hub")
	before := parse(t, files)
	if _, err := certificate.Renew(dir, []string{"hub"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files.Key, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := certificate.Renew(dir, []string{"hub"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	load(t, files, &bytes.Buffer{})
	if !parse(t, certificate.Files{Cert: files.Cert + ".old"}).Equal(before) {
		t.Error("it was not kept")
	}
}

func TestReadShowsAChainsFirst(t *testing.T) {
	files, issuer := own(t, t.TempDir(), "hub.example", "192.0.2.1"), own(t, t.TempDir(), "issuer")
	chain := filepath.Join(t.TempDir(), "fullchain.pem")
	text := append(contents(t, files.Key), append(contents(t, files.Cert), contents(t, issuer.Cert)...)...)
	if err := os.WriteFile(chain, text, 0o600); err != nil {
		t.Fatal(err)
	}
	about, err := certificate.Read(chain, time.Now())
	if err != nil || about.Fingerprint != load(t, files, &bytes.Buffer{}).Fingerprint() || len(about.Names) != 2 || !about.SelfSigned || about.Problem != "" {
		t.Errorf("got %+v, %v", about, err)
	}
	if about, err := certificate.Read(chain, time.Now().AddDate(10, 0, -5)); err != nil || about.Problem == "" {
		t.Errorf("shortly before its end: %+v, %v", about, err)
	}
	if _, err := certificate.Read(files.Key, time.Now()); err == nil {
		t.Error("a key was taken for a certificate")
	}
}
