package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	"lxdocker/internal/server"
	"lxdocker/internal/server/access"
	"lxdocker/internal/store"
)

// blockedStore is a store of which somebody never releases a lock.
type blockedStore struct {
	server.Store
	released chan struct{}
}

func (b *blockedStore) Versions(ctx context.Context) (*store.Snapshot, error) {
	<-b.released
	return b.Store.Versions(ctx)
}

type counting struct{ began int }

func (c *counting) RequestBegan(string)                            { c.began++ }
func (c *counting) RequestEnded(string, int, int64, time.Duration) {}

func TestAServerThatAsksItselfIsNeitherLoggedNorCounted(t *testing.T) {
	f := newFixture(t)
	var log bytes.Buffer
	var observer counting
	h := server.New(server.Options{Store: f.store, Observer: &observer, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 3 {
		server.Ask(t.Context(), h)
	}
	if observer.began > 0 || bytes.Contains(log.Bytes(), []byte("msg=request")) {
		t.Errorf("%d requests were counted, and the log says\n%s", observer.began, &log)
	}
}

func TestAServerThatHangsDoesNotAnswerItself(t *testing.T) {
	f := newFixture(t)
	blocked := &blockedStore{Store: f.store, released: make(chan struct{})}
	// The rules of who may use it are for others.
	h := server.New(server.Options{Store: blocked, Prefix: "/secret", Access: access.Rules{Allow: networks(t, "192.0.2.1")}})
	answered := make(chan struct{})
	go func() { server.Ask(t.Context(), h); close(answered) }()
	select {
	case <-answered:
		t.Error("it answered without its lock")
	case <-time.After(20 * time.Millisecond): // more would show no more
	}
	close(blocked.released)
	<-answered
}
