package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"lxdocker/internal/failure"
	"lxdocker/internal/metrics"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

// series returns what the handler shows, without what the client library counts itself.
func series(t testing.TB, m *metrics.Metrics) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	all := map[string]string{}
	for line := range strings.Lines(w.Body.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if at := strings.LastIndex(line, "} "); at > 0 {
			name, value = line[:at+1], strings.TrimSpace(line[at+2:])
		}
		if strings.HasPrefix(name, "imgserver_") {
			all[name] = value
		}
	}
	return all
}

func want(t *testing.T, got map[string]string, name, value string) {
	t.Helper()
	if got[name] != value {
		t.Errorf("%s is %q, not %q", name, got[name], value)
	}
}

func TestWhatIsCounted(t *testing.T) {
	m := metrics.New(nil)
	m.RequestBegan("file")
	m.RequestBegan("file")
	m.RequestEnded("file", 206, 1000, 3*time.Second)
	m.Making(true)
	m.Making(true)
	m.Ended(true, progress.Failed, true, failure.Errorf(failure.RateLimited, "later"), time.Second)
	m.Ended(false, progress.Unchanged, false, nil, time.Millisecond)
	m.Specs(time.Unix(1, 0))
	want(t, series(t, m), "imgserver_specs_last_run_timestamp_seconds", "1")
	m.Followed(2, time.Unix(1_700_000_000, 0))
	m.Asked("index.docker.io", 200, 76)
	m.Took(progress.Fetching, 90*time.Second)
	m.Took("what a stranger says", time.Second)
	m.Certificate(func() time.Time { return time.Unix(2_000_000_000, 0) })
	m.Names(func() int { return 2 })
	m.Disk("images", func() (int64, int64, error) { return 5, 10, nil })
	m.Cache(func() int64 { return 7 }, func() int64 { return 9 })
	m.OnDemand(func() (metrics.OnDemand, error) {
		return metrics.OnDemand{Bytes: 1, Limit: 2, Versions: 3, Removed: 4, Waiting: 5, Running: 6, OldestCheck: time.Unix(1_600_000_000, 0)}, nil
	})
	got := series(t, m)
	for name, value := range map[string]string{
		`imgserver_http_requests_in_flight{handler="file"}`:                       "1",
		`imgserver_http_requests_total{code="206",handler="file"}`:                "1",
		`imgserver_http_response_bytes_total{handler="file"}`:                     "1000",
		`imgserver_http_request_duration_seconds_bucket{handler="file",le="2.5"}`: "0",
		`imgserver_http_request_duration_seconds_bucket{handler="file",le="10"}`:  "1",
		`imgserver_conversions_running{origin="hub"}`:                             "1",
		`imgserver_conversions_total{origin="hub",result="failed"}`:               "1",
		`imgserver_conversions_total{origin="hub",result="built"}`:                "0",
		`imgserver_conversions_total{origin="spec",result="unchanged"}`:           "1",
		`imgserver_conversion_failures_total{kind="rate_limited",origin="hub"}`:   "1",
		`imgserver_conversion_duration_seconds_count{origin="hub"}`:               "1",
		`imgserver_conversion_duration_seconds_count{origin="spec"}`:              "0",
		`imgserver_specs_failed`:                                                  "2",
		`imgserver_specs_last_run_timestamp_seconds`:                              "1.7e+09",
		`imgserver_registry_requests_total{answer="ok",registry="docker.io"}`:     "1",
		`imgserver_registry_pulls_remaining{registry="docker.io"}`:                "76",
		`imgserver_conversion_phase_seconds_total{phase="fetching"}`:              "90",
		`imgserver_conversion_phase_seconds_total{phase="assembling"}`:            "0",
		`imgserver_certificate_expiry_timestamp_seconds`:                          "2e+09",
		`imgserver_acme_names_without_certificate`:                                "2",
		`imgserver_disk_free_bytes{folder="images"}`:                              "5",
		`imgserver_disk_size_bytes{folder="images"}`:                              "10",
		`imgserver_cache_bytes`:                                                   "7",
		`imgserver_cache_limit_bytes`:                                             "9",
		`imgserver_ondemand_bytes`:                                                "1",
		`imgserver_ondemand_limit_bytes`:                                          "2",
		`imgserver_ondemand_versions`:                                             "3",
		`imgserver_ondemand_removed_total`:                                        "4",
		`imgserver_ondemand_waiting`:                                              "5",
		`imgserver_ondemand_places_taken`:                                         "6",
		`imgserver_ondemand_oldest_check_timestamp_seconds`:                       "1.6e+09",
	} {
		want(t, got, name, value)
	}
}

func TestALimitThatIsNotThereIsNotShown(t *testing.T) {
	m := metrics.New(nil)
	m.Cache(func() int64 { return 7 }, func() int64 { return 0 })
	m.OnDemand(func() (metrics.OnDemand, error) { return metrics.OnDemand{Bytes: 1}, nil })
	for name := range series(t, m) {
		if strings.Contains(name, "limit_bytes") {
			t.Errorf("there is %s", name)
		}
	}
}

func TestWhatOneSourceCannotSayKeepsNothingElseFromBeingShown(t *testing.T) {
	m := metrics.New(nil)
	m.Images(func(context.Context) (*store.Snapshot, error) { return nil, errors.New("gone") })
	m.Disk("images", func() (int64, int64, error) { return 0, 0, errors.New("gone") })
	m.OnDemand(func() (metrics.OnDemand, error) { return metrics.OnDemand{}, errors.New("gone") })
	m.Certificate(func() time.Time { return time.Unix(1, 0) })
	want(t, series(t, m), "imgserver_certificate_expiry_timestamp_seconds", "1")
}

func TestNoRegistryChoosesTheValueOfALabel(t *testing.T) {
	named := make([]string, 1000)
	for i := range named {
		named[i] = fmt.Sprintf("named-%d.example", i)
	}
	for _, persons := range [][]string{nil, {"registry.example:5000"}, named} {
		m := metrics.New(persons)
		for i := range 1000 {
			m.Asked(fmt.Sprintf("stranger-%d.example", i), i, int64(i))
			for _, name := range persons {
				m.Asked(name, 200, -1)
			}
		}
		var shown []string
		for name := range series(t, m) {
			if strings.HasPrefix(name, "imgserver_registry_pulls_remaining") {
				t.Errorf("%s is shown, of which nobody has said anything", name)
			}
			if strings.HasPrefix(name, "imgserver_registry_requests_total") {
				shown = append(shown, name)
			}
		}
		if slices.ContainsFunc(shown, func(name string) bool { return strings.Contains(name, "stranger") }) || len(shown) > 60 {
			t.Errorf("%d series with %d named registries: %v", len(shown), len(persons), shown)
		}
		if len(persons) == 1 && !slices.Contains(shown, `imgserver_registry_requests_total{answer="ok",registry="registry.example:5000"}`) {
			t.Errorf("what a person has named is not shown: %v", shown)
		}
	}
}
