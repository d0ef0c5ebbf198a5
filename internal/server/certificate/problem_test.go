package certificate_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/server/certificate"
)

func TestACertificateThatClientsRefuseIsComplainedOf(t *testing.T) {
	made := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	files, err := certificate.SelfSigned(t.TempDir(), []string{"hub"}, made)
	if err != nil || !files.Made {
		t.Fatalf("%+v, %v", files, err)
	}
	pair, err := certificate.Load(files, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	end := made.AddDate(10, 0, 0)
	for now, want := range map[time.Time]string{
		made.Add(-48 * time.Hour): "it is not valid before 2026-11-22T10:00:00Z, and it is 2026-11-21T10:00:00Z: is the clock",
		made:                      "",
		made.AddDate(9, 0, 0):     "",
		end.Add(-time.Hour):       "clients will refuse the certificate soon: it is valid until 2036-11-23T10:00:00Z",
		end.Add(time.Hour):        "clients refuse the certificate: it was valid until",
	} {
		if got := pair.Problem(now); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("at %v: %q", now, got)
		}
	}
}

func TestOnlyAPairThatIsNewIsSaidToBe(t *testing.T) {
	dir := t.TempDir()
	for _, want := range []bool{true, false} {
		if files, err := certificate.SelfSigned(dir, []string{"hub"}, time.Now()); err != nil || files.Made != want {
			t.Errorf("made: %v (%v), want %v", files.Made, err, want)
		}
	}
}
