//go:build e2e

package instance

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lxdocker/internal/daemon"
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
		updated(t, c, "written", imported(t, c, "redis", "--name", "redis-next"))
		w.await(t, w.confirmed.Load()+200) // by the new one
		stop()
		<-done
		if i := u.instance(c, "written"); i.Devices["disk-data"]["source"] != "written-data" {
			t.Errorf("its data has not moved: %q", i.Devices)
		}
		w.check(t)
	})
}

// updated gives an instance an image that the daemon has.
func updated(t *testing.T, c *daemon.Client, name, fingerprint string) {
	t.Helper()
	u := &instance.Updater{Daemon: c, Images: known{fingerprint, &moment{does: func() {}}}, Gate: instance.Gate{Steady: time.Second},
		Self: name, Alive: func(string) bool { return true }, Say: func(text string) { t.Log(text) }, Now: time.Now,
		Copier: instance.Copier{Machine: c.Server.Architectures[0], Static: true, Word: replica.Word,
			Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(programs, "lxdocker")) }}}
	r, err := u.Update(t.Context(), name, "x", false)
	if err != nil || r.Outcome != instance.Updated {
		t.Fatalf("%+v, %v", r, err)
	}
	t.Logf("down for %v", r.Downtime)
}

// The same of several writers to PostgreSQL, whose folder has many files that belong together.
func TestNothingThatWasCommittedIsLostInAMove(t *testing.T) {
	each(t, func(t *testing.T, d testbed.Daemon) {
		u, c := at(t, d), connect(t, d)
		u.gone("committed", "committed-old", "committed-failed", "committed-new")
		launched(t, c, "committed", "default", imported(t, c, "postgres"), nil)
		query := func(ctx context.Context, text string) (string, error) {
			var out, complaints bytes.Buffer
			code, err := c.Exec(ctx, "committed", []string{"/lxd-enter", "psql", "-qAtU", "postgres", "-v", "ON_ERROR_STOP=1", "-c", text}, &out, &complaints)
			if err == nil && code != 0 {
				err = fmt.Errorf("exit code %d: %s", code, &complaints)
			}
			return strings.TrimSpace(out.String()), err
		}
		until := func(text string) {
			t.Helper()
			for {
				_, err := query(t.Context(), text)
				if err == nil {
					return
				}
				select {
				case <-t.Context().Done():
					t.Fatal(err)
				case <-time.After(100 * time.Millisecond):
				}
			}
		}
		until("CREATE TABLE written (n bigint, filler text)")
		var next atomic.Int64
		var mu sync.Mutex
		committed := map[int64]bool{}
		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		for range 3 {
			writers.Go(func() {
				for ctx.Err() == nil {
					n := next.Add(1)
					if _, err := query(ctx, fmt.Sprintf("INSERT INTO written VALUES (%d, repeat('x', 2000))", n)); err == nil {
						mu.Lock()
						committed[n] = true
						mu.Unlock()
					}
				}
			})
		}
		await := func(rows int) {
			t.Helper()
			for {
				mu.Lock()
				n := len(committed)
				mu.Unlock()
				if n >= rows {
					return
				}
				select {
				case <-t.Context().Done():
					t.Fatalf("only %d rows are committed", n)
				case <-time.After(10 * time.Millisecond):
				}
			}
		}
		await(30)
		updated(t, c, "committed", imported(t, c, "postgres", "--name", "postgres-next"))
		mu.Lock()
		before := len(committed)
		mu.Unlock()
		await(before + 30)
		stop()
		writers.Wait()
		if i := u.instance(c, "committed"); i.Devices["disk-var-lib-postgresql-data"]["source"] != "committed-var-lib-postgresql-data" {
			t.Errorf("its data has not moved: %q", i.Devices)
		}
		said, err := query(t.Context(), "SELECT n FROM written")
		if err != nil {
			t.Fatal(err)
		}
		there := map[string]bool{}
		for n := range strings.FieldsSeq(said) {
			there[n] = true
		}
		for n := range committed {
			if !there[fmt.Sprint(n)] {
				t.Errorf("row %d was committed, and is missing", n)
			}
		}
		t.Logf("%d rows were committed", len(committed))
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
