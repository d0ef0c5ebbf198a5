package monitor_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/server/monitor"
	"lxdocker/internal/server/web"
)

// showing are a day with a clock that stands, and what its page says.
func showing() (day *monitor.Day, clock *time.Time, get func(path, accept string) *httptest.ResponseRecorder) {
	now := time.Date(2026, 11, 30, 12, 2, 0, 0, time.UTC)
	day = monitor.NewDay(func() time.Time { return now })
	f := newFixture(day)
	return day, &now, func(path, accept string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept", accept)
		f.handler.ServeHTTP(w, r)
		return w
	}
}

const browser = "text/html,application/xhtml+xml,*/*;q=0.8"

// totals are what the headings say.
func totals(page string) (all []string) {
	for _, m := range regexp.MustCompile(`<h2 id="[a-z]+">[^:]+: ([^<]*)</h2>`).FindAllStringSubmatch(page, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestThePageShowsTheLastDayAlone(t *testing.T) {
	day, now, get := showing()
	check := func(want string) string {
		t.Helper()
		page := get("/", browser).Body.String()
		if got := strings.Join(totals(page), ", "); got != want {
			t.Errorf("at %v it says %s, not %s", now, got, want)
		}
		return page
	}
	check("0, 0, 0 B, 0, 0")
	day.Answered(200, 5000)
	day.Made()
	*now = now.Add(13 * time.Hour)
	day.Answered(503, 70)
	day.Failed()
	day.Made()
	page := check("2, 1, 5.1 kB, 2, 1")
	if got := regexp.MustCompile(`aria-label="Bytes sent[^"]*"><path d="([^"]*)"`).FindStringSubmatch(page); got == nil || strings.Count(got[1], "M") != 2 {
		t.Errorf("the bars are %q", got)
	}
	if got := strings.Count(page, "<tr>"); got != 26 { // with the head, and a part of an hour at each end
		t.Errorf("there are %d rows", got)
	}
	*now = now.Add(11*time.Hour + 5*time.Minute)
	check("1, 1, 70 B, 1, 1")
	*now = now.Add(24 * time.Hour)
	check("0, 0, 0 B, 0, 0")
	*now = now.Add(-90 * 24 * time.Hour) // the clock was set back
	day.Made()
	check("1, 0, 0 B, 0, 0")
	*now = time.Unix(-5, 0) // and is wrong
	day.Made()
	check("1, 0, 0 B, 0, 0")
}

func TestThePageIsForBrowsers(t *testing.T) {
	_, _, get := showing()
	w := get("/", browser)
	if got := w.Header().Get("Content-Security-Policy"); got != web.Policy {
		t.Errorf("its policy is %s", got)
	}
	for _, m := range regexp.MustCompile(`(?:href|src)="(/[^"]+)"`).FindAllStringSubmatch(w.Body.String(), -1) {
		if a := get(m[1], browser); a.Code != http.StatusOK {
			t.Errorf("%s is %d", m[1], a.Code)
		}
	}
	for _, inline := range []string{"<style", " style=", "<script", "http"} {
		if strings.Contains(w.Body.String(), inline) {
			t.Errorf("it has %s", inline)
		}
	}
	if got := get("/", "*/*").Body.String(); got != "/healthz /readyz /metrics\n" {
		t.Errorf("others get %q", got)
	}
	if got := get("/assets/none.css", browser).Code; got != http.StatusNotFound {
		t.Errorf("what is not there is %d", got)
	}
}

func TestAFullDayIsASmallPage(t *testing.T) {
	day, now, get := showing()
	for range 288 {
		for i := range 7 {
			day.Answered(500+i, int64(now.Minute()+1)*123_456_789_012)
			day.Made()
			day.Failed()
		}
		*now = now.Add(5 * time.Minute)
	}
	if n := get("/", browser).Body.Len(); n > 100<<10 {
		t.Errorf("it has %d bytes", n)
	}
}

func TestManyCountAtOnce(t *testing.T) {
	day, _, get := showing()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				day.Answered(200, 1)
			}
			get("/", browser)
		})
	}
	all.Wait()
	if got := totals(get("/", browser).Body.String()); got[2] != "800 B" || got[3] != "800" {
		t.Errorf("it says %v", got)
	}
}
