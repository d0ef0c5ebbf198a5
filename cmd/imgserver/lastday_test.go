package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestThePageOfTheLastDayCountsWhatClientsGet(t *testing.T) {
	f := newWatchedFixture(t)
	f.public("/1.0")
	f.public("/none")
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", f.socket)
	}}}
	r, err := http.NewRequest(http.MethodGet, "http://admin/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), `<h2 id="requests">Requests: 2</h2>`) {
		t.Errorf("it says\n%s", page)
	}
}
