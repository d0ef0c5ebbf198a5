//go:build e2e

package instance

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/internal/instance"
	"lxdocker/internal/instance/replica"
	"lxdocker/test/testbed"
)

// What a database has confirmed while it was updated is there afterwards, wherever its data
// was before.
func TestNothingThatWasConfirmedIsLostInAMove(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		u.gone("written", "written-old", "written-failed", "written-new")
		launched(t, c, "written", "default", imported(t, c, "redis"), map[string]string{
			"environment.LXDOCKER_CMD": "redis-server --bind * --protected-mode no --appendonly yes --appendfsync always --save ''"})
		address, err := (&testbed.Instance{Daemon: d, Name: "written"}).Address(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w := &writer{address: net.JoinHostPort(address, "6379")}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			w.write(ctx)
		}()
		w.await(t, 200)
		newer := &instance.Updater{Daemon: c, Images: known{imported(t, c, "redis", "--name", "redis-next"), &moment{does: func() {}}}, Gate: instance.Gate{Steady: time.Second},
			Self: "writer", Alive: func(string) bool { return true }, Say: func(text string) { t.Log(text) }, Now: time.Now,
			Copier: instance.Copier{Machine: c.Server.Architectures[0], Word: replica.Word,
				Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(programs, "lxdocker")) }}}
		r, err := newer.Update(t.Context(), "written", "x", false)
		if err != nil || r.Outcome != instance.Updated {
			t.Fatalf("%+v, %v", r, err)
		}
		t.Logf("down for %v", r.Downtime)
		w.await(t, w.confirmed.Load()+200) // by the new one
		stop()
		<-done
		if i := u.instance(c, "written"); i.Devices["disk-data"]["source"] != "written-data" {
			t.Errorf("its data has not moved: %q", i.Devices)
		}
		w.check(t)
	})
}

// writer writes keys to redis, one after the other.
type writer struct {
	address   string
	confirmed atomic.Int64 // so many keys are
}

func (w *writer) write(ctx context.Context) {
	for ctx.Err() == nil {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", w.address)
		if err != nil {
			select {
			case <-ctx.Done():
			case <-time.After(10 * time.Millisecond):
			}
			continue
		}
		replies := bufio.NewReader(conn)
		for ctx.Err() == nil {
			n := w.confirmed.Load()
			_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
			fmt.Fprintf(conn, "SET key-%d %d\r\n", n, n)
			if reply, err := replies.ReadString('\n'); err != nil || !strings.HasPrefix(reply, "+OK") {
				break
			}
			w.confirmed.Store(n + 1)
		}
		conn.Close()
	}
}

// await waits until so many keys are confirmed.
func (w *writer) await(t *testing.T, keys int64) {
	t.Helper()
	for w.confirmed.Load() < keys {
		select {
		case <-t.Context().Done():
			t.Fatalf("only %d keys are confirmed", w.confirmed.Load())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// check reads all that was confirmed.
func (w *writer) check(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	replies := bufio.NewReader(conn)
	keys, missing := w.confirmed.Load(), 0
	for n := range keys {
		fmt.Fprintf(conn, "GET key-%d\r\n", n)
		head, err := replies.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(head, "$-1") {
			missing++
			continue
		}
		if body, err := replies.ReadString('\n'); err != nil || strings.TrimSpace(body) != fmt.Sprint(n) {
			t.Errorf("key-%d is %q, %v", n, body, err)
		}
	}
	if missing > 0 {
		t.Errorf("of %d confirmed keys, %d are missing", keys, missing)
	}
	t.Logf("%d keys were confirmed", keys)
}
