package main

import (
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDownloadsAndAnswersAreCounted(t *testing.T) {
	body := strings.Repeat("x", 100_000)
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write([]byte(body))
	}))
	defer s.Close()
	trust := filepath.Join(t.TempDir(), "certificate")
	if err := os.WriteFile(trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	at := target{server: s.Listener.Addr().String(), path: "/"}
	var err error
	if at.trust, err = trusted(trust); err != nil {
		t.Fatal(err)
	}
	got, err := downloads(t.Context(), at, 3, 2)
	if want := int64(6 * len(body)); err != nil || got.Bytes != want || got.Seconds <= 0 {
		t.Errorf("%+v, %v", got, err)
	}
	answers, err := asks(t.Context(), at, 20)
	if err != nil || answers.P50 <= 0 || answers.P50 > answers.P99 || answers.P99 > answers.Longest {
		t.Errorf("%+v, %v", answers, err)
	}
}

func TestAnErrorIsNoDownload(t *testing.T) {
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	at := target{server: s.Listener.Addr().String(), path: "/", trust: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	if _, err := downloads(t.Context(), at, 1, 1); err == nil {
		t.Error("404 is a download")
	}
}
