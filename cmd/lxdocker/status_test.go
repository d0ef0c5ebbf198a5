package main

import (
	"encoding/json"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/command"
	"lxdocker/internal/failure"
	"lxdocker/internal/image"
	"lxdocker/internal/metrics"
	"lxdocker/internal/runs"
	"lxdocker/internal/server/certificate"
	"lxdocker/internal/status"
	"lxdocker/internal/testenv"
)

// noter writes the record of a folder as programs do.
func noter(t *testing.T, by string) (l *runs.Log, folder string) {
	t.Helper()
	s, folder := hubStore(t)
	return runs.New(s.(runs.Keeper), by, time.Now, slog.New(slog.DiscardHandler)), folder
}

func never(string) bool { return false }

func TestARunUnderWayIsShownWithTheOneBefore(t *testing.T) {
	l, folder := noter(t, "lxdocker")
	l.Begin(t.Context())
	l.End(t.Context(), runs.Run{Counts: runs.Counts{Built: 5}}, nil, never)
	l.Begin(t.Context())
	out, _, code := lxdocker(t, "status", "--lxdimages", folder)
	if code != command.ExitOK || !regexp.MustCompile(`(?m)^last run +under way since 20`).MatchString(out) || !strings.Contains(out, "before: ended") || !strings.Contains(out, "5 built") {
		t.Errorf("%d:\n%s", code, out)
	}
	l.End(t.Context(), runs.Run{Interrupted: true}, nil, never)
	out, _, code = lxdocker(t, "status", "--lxdimages", folder)
	if code != command.ExitOK || !regexp.MustCompile(`(?m)^last run +interrupted 20`).MatchString(out) || !strings.Contains(out, "before: ended") {
		t.Errorf("%d:\n%s", code, out)
	}
}

// The record of a run that was killed says that it began, and its mark is gone.
func TestARunThatWasKilledIsShown(t *testing.T) {
	_, folder := noter(t, "lxdocker")
	record := `{"format":1,"run":{"mark":77,"by":"imgserver","process":"12 on host","began":"2026-11-30T03:00:00Z"}}`
	if err := os.WriteFile(filepath.Join(folder, ".runs"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, code := lxdocker(t, "status", "--lxdimages", folder)
	if code != command.ExitNeedsPerson || !strings.Contains(out, "the last run, process 12 on host, was killed") || !strings.Contains(out, "next: nothing half-made is offered") {
		t.Errorf("%d:\n%s", code, out)
	}
}

func TestWhatNobodyNeedsToMendIsShownApart(t *testing.T) {
	l, folder := noter(t, "imgserver")
	l.Failed(runs.Failure{Product: image.Product{Name: "typo", Architecture: "amd64"}, Title: "docker.io/library/typo:latest/amd64", Hub: true},
		failure.Errorf(failure.NotFound, "there is no \x1b[31msuch image"))
	l.Flush(t.Context())
	out, _, code := lxdocker(t, "status", "--lxdimages", folder)
	if code != command.ExitOK || !strings.HasPrefix(out, "all is well\n") || !strings.Contains(out, "failed on demand, which needs nobody now:\n  docker.io/library/typo:latest/amd64, last 20") || strings.Contains(out, "\x1b") {
		t.Errorf("%d:\n%s", code, out)
	}
}

func TestCertificatesOfServersAreShown(t *testing.T) {
	l, folder := noter(t, "imgserver")
	own, err := certificate.SelfSigned(folder+"-tls", []string{"hub"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder + "-tls") })
	ending, err := certificate.SelfSigned(t.TempDir(), []string{"hub"}, time.Now().AddDate(-10, 0, 5))
	if err != nil {
		t.Fatal(err)
	}
	out, _, code := lxdocker(t, "status", "--lxdimages", folder)
	if code != command.ExitOK || !strings.Contains(out, own.Cert+", valid until ") || !regexp.MustCompile(`(?m)^ +fingerprint [0-9a-f]{64}$`).MatchString(out) {
		t.Errorf("%d:\n%s", code, out)
	}
	for name, args := range map[string][]string{"named": {"--cert", ending.Cert}, "noted": nil} {
		if name == "noted" {
			l.Serve(runs.Server{Cert: ending.Cert, Specs: true})
			l.Next(time.Now().Add(time.Hour))
			l.Flush(t.Context())
		}
		out, _, code = lxdocker(t, append(args, "status", "--lxdimages", folder)...)
		if code != command.ExitNeedsPerson || !strings.Contains(out, "certificate "+ending.Cert+"\n    clients will refuse the certificate soon") {
			t.Errorf("%s: %d:\n%s", name, code, out)
		}
	}
	if !regexp.MustCompile(`(?m)^imgserver +process .*; looks at the specs next at 20`).MatchString(out) {
		t.Errorf("the next look is missing:\n%s", out)
	}
	if out, _, code := lxdocker(t, "status", "--lxdimages", folder, "--cert", "missing.crt"); code != command.ExitNeedsPerson || !strings.Contains(out, "open missing.crt: no such file") {
		t.Errorf("a certificate that is not there: %d %s", code, out)
	}
}

func TestCertificatesOfAnAuthorityAreShown(t *testing.T) {
	_, folder := noter(t, "imgserver")
	tls := folder + "-tls"
	if err := os.Mkdir(tls, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(tls) })
	now := time.Now()
	failed := &certificate.Failure{Since: now.Add(-3 * time.Hour), Times: 4, Error: "the port is closed", Next: "open the port", Again: now.Add(time.Hour)}
	for name, c := range map[string]struct {
		left    time.Duration // 0: there is no certificate
		failure *certificate.Failure
		code    int
		says    []string
	}{
		"valid":           {60 * 24 * time.Hour, nil, command.ExitOK, []string{"certificate  for hub.example.org, valid until 20", "fingerprint ab12"}},
		"requested":       {0, nil, command.ExitOK, []string{"certificate  for hub.example.org\n"}},
		"renewed later":   {25 * 24 * time.Hour, failed, command.ExitOK, []string{"renewing it fails since 20", "the port is closed"}},
		"renewed no more": {5 * 24 * time.Hour, failed, command.ExitNeedsPerson, []string{"certificate for hub.example.org, since 20", "will refuse the certificate soon", "next: open the port; imgserver tries again"}},
		"never obtained":  {0, failed, command.ExitNeedsPerson, []string{"there is no certificate for this name yet: the port is closed"}},
		"at its end":      {-time.Hour, nil, command.ExitNeedsPerson, []string{"clients refuse the certificate: it was valid until"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := certificate.Name{Name: "hub.example.org", Directory: "https://ca/", File: "/x.pem", Failure: c.failure}
			if c.left != 0 {
				n.Fingerprint, n.From, n.Until = "ab12", now.Add(c.left-90*24*time.Hour), now.Add(c.left)
			}
			if err := certificate.WriteNames(tls, []certificate.Name{n}); err != nil {
				t.Fatal(err)
			}
			out, _, code := lxdocker(t, "status", "--lxdimages", folder)
			for _, want := range c.says {
				if code != c.code || !strings.Contains(out, want) {
					t.Errorf("exit code %d, and %q is not in\n%s", code, want, out)
				}
			}
		})
	}
}

func TestTheTextfileIsAsPrometheusWantsIt(t *testing.T) {
	program := testenv.NeedsProgram(t, "promtool", "prometheus")
	body, _ := textfile(t)
	check := exec.Command(program, "check", "metrics")
	check.Stdin = strings.NewReader(body)
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// textfile is one with all metrics, and the report of the same moment.
func textfile(t *testing.T) (text string, r status.Report) {
	t.Helper()
	l, folder := noter(t, "imgserver")
	cert, err := certificate.SelfSigned(t.TempDir(), []string{"hub"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l.Serve(runs.Server{Cert: cert.Cert, Limit: 1 << 30})
	l.Begin(t.Context())
	l.Measured(t.TempDir(), 12345, 1<<20)
	failed := runs.Failure{Product: image.Product{Name: "db", Architecture: "amd64"}, Title: "db/amd64", Kind: "not found", Error: "gone"}
	l.End(t.Context(), runs.Run{Counts: runs.Counts{Failed: 1, Unchanged: 1}}, []runs.Failure{failed}, never)
	file := filepath.Join(t.TempDir(), "lxdocker.prom")
	out, errs, code := lxdocker(t, "status", "--lxdimages", folder, "--json", "--textfile", file)
	if code != command.ExitNeedsPerson {
		t.Fatalf("%d %s", code, errs)
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	return string(data), r
}

// The two forms of a report say the same, though metrics count in their own way.
func TestTheTextfileAgreesWithTheReport(t *testing.T) {
	text, r := textfile(t)
	for name, want := range map[string]any{
		"imgserver_images_bytes":                                  r.Bytes,
		"imgserver_ondemand_bytes":                                r.OnDemand.Bytes,
		`imgserver_image_versions{origin="spec",state="current"}`: r.Specs.Images,
		"imgserver_specs_failed":                                  r.Run.Failed,
		"lxdocker_status_problems":                                len(r.Problems),
		`lxdocker_images_failing{origin="spec"}`:                  1,
		`lxdocker_run_images{result="unchanged"}`:                 1,
		"imgserver_cache_bytes":                                   12345,
	} {
		asJSON, _ := json.Marshal(want)
		if line := name + " " + string(asJSON) + "\n"; !strings.Contains(text, line) {
			t.Errorf("there is no line %s in\n%s", line, text)
		}
	}
}

// Programs read the report, so its keys stay.
func TestTheReportKeepsItsKeys(t *testing.T) {
	_, folder := noter(t, "lxdocker")
	out, _, _ := lxdocker(t, "status", "--lxdimages", folder, "--json")
	_, full := textfile(t)
	full.Servers = append(full.Servers, status.Server{NextLook: &full.Time})
	full.Pinned = append(full.Pinned, status.Held{Since: &full.Time})
	data, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/status-keys.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got := keysOf(t, string(data)); got != string(want) {
		t.Errorf("keys of a report are\n%s", got)
	}
	for _, list := range []string{"problems", "failing", "pinned", "held_back", "certificates", "servers"} {
		if !strings.Contains(out, `"`+list+`": []`) {
			t.Errorf("%s is no list in\n%s", list, out)
		}
	}
}

// keysOf lists all keys in a JSON document, with the path to them.
func keysOf(t *testing.T, text string) string {
	t.Helper()
	var all any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	var visit func(path string, of any)
	visit = func(path string, of any) {
		switch of := of.(type) {
		case []any:
			for _, one := range of {
				visit(path, one)
			}
		case map[string]any:
			for key, one := range of {
				keys[path+key] = true
				visit(path+key+".", one)
			}
		}
	}
	visit("", all)
	return strings.Join(slices.Sorted(maps.Keys(keys)), "\n") + "\n"
}

// Pages name those metrics of ours that there are, and no others.
func TestMetricsOfTheTextfileAreDocumented(t *testing.T) {
	body, _ := textfile(t)
	file := filepath.Join(t.TempDir(), "agent.prom")
	if err := (metrics.Agent{Looked: time.Now(), Paused: time.Now(), Instances: map[string]int{"current": 1}, Updates: map[string]int{"updated": 1}}).Write(file); err != nil {
		t.Fatal(err)
	}
	ofAgent, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	body += string(ofAgent)
	page, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	agents, err := os.ReadFile("../../docs/agent.md")
	if err != nil {
		t.Fatal(err)
	}
	page = append(page, agents...)
	alerts, err := os.ReadFile("../../packaging/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`\blxdocker_[a-z_]+`)
	there, named := map[string]bool{}, map[string]bool{}
	for _, n := range pattern.FindAllString(string(page)+string(alerts), -1) {
		named[n] = true
	}
	for _, found := range regexp.MustCompile(`(?m)^# TYPE (\w+)`).FindAllStringSubmatch(body, -1) {
		there[found[1]] = true
		if !strings.Contains(string(page), found[1]) {
			t.Errorf("neither operating.md nor agent.md names %s", found[1])
		}
	}
	for n := range named {
		if !there[n] {
			t.Errorf("operating.md, agent.md or alerts.yml names %s, which there is not", n)
		}
	}
}
