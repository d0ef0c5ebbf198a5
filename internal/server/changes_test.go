package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lxdocker/internal/contents"
	"lxdocker/internal/image"
	"lxdocker/internal/server/web"
)

// notes is a store that has notes alone, and counts how often they are read.
type notes struct {
	Store
	mu     sync.Mutex
	texts  map[string][]byte // by serial
	opened int
	gate   chan struct{} // nil: nobody waits
}

func (n *notes) OpenContents(_ context.Context, id image.ID) (io.ReadCloser, error) {
	if n.gate != nil {
		<-n.gate
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	text, ok := n.texts[id.Serial]
	if !ok {
		return nil, fs.ErrNotExist
	}
	n.opened++
	return io.NopCloser(bytes.NewReader(text)), nil
}

// noted is a version with so many files.
func noted(t *testing.T, n *notes, serial string, files int) image.Version {
	t.Helper()
	var b bytes.Buffer
	w, err := contents.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if err := w.Add(contents.Entry{Path: fmt.Sprintf("file-%06d", i), Kind: contents.File, Size: 1}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	n.texts[serial] = b.Bytes()
	return image.Version{Name: "a", Architecture: "amd64", Serial: serial, Fingerprint: serial}
}

var (
	one   = netip.MustParseAddr("2001:db8::1")
	near  = netip.MustParseAddr("2001:db8::2") // the same client
	other = netip.MustParseAddr("::ffff:192.0.2.1")
)

func TestVersionsAreComparedOnce(t *testing.T) {
	n := &notes{texts: map[string][]byte{}}
	from, to := noted(t, n, "1", 3), noted(t, n, "2", 5)
	c := newComparer(n)
	var all sync.WaitGroup
	for range comparesEach {
		all.Go(func() {
			if got, err := c.compare(t.Context(), one, from, to); err != nil || got.Files.Added.Files != 2 {
				t.Errorf("%+v, %v", got.Files.Added, err)
			}
		})
	}
	all.Wait()
	if n.opened != 2 {
		t.Errorf("notes were read %d times", n.opened)
	}
	if got, err := c.compare(t.Context(), one, to, from); err != nil || got.Files.Removed.Files != 2 {
		t.Errorf("the other way round: %+v, %v", got.Files.Removed, err)
	}
	if _, err := c.compare(t.Context(), one, from, image.Version{Serial: "3"}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestResultsThatAreKeptAreBounded(t *testing.T) {
	n := &notes{texts: map[string][]byte{}}
	c := newComparer(n)
	from := noted(t, n, "0", 1)
	for i := range comparedKept + 10 {
		if _, err := c.compare(t.Context(), one, from, noted(t, n, fmt.Sprint(i+1), 1)); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.known) != comparedKept || len(c.order) != comparedKept {
		t.Errorf("%d results are kept, %d in order", len(c.known), len(c.order))
	}
}

func TestAClientMakesTheServerCompareSoMuchAMinute(t *testing.T) {
	n := &notes{texts: map[string][]byte{}}
	c := newComparer(n)
	now := time.Unix(1_790_000_000, 0)
	c.now = func() time.Time { return now }
	from := noted(t, n, "0", 1)
	for i := range namesPerMinute / namesAtLeast {
		if _, err := c.compare(t.Context(), one, from, noted(t, n, fmt.Sprint(i+1), 1)); err != nil {
			t.Fatal(i, err)
		}
	}
	last := noted(t, n, "last", 1)
	now = now.Add(10 * time.Second)
	var e *tooMuch
	if _, err := c.compare(t.Context(), near, from, last); !errors.As(err, &e) || e.wait != 50*time.Second || !errors.Is(err, web.ErrBusy) {
		t.Errorf("one more is %v", err)
	}
	if _, err := c.compare(t.Context(), near, from, image.Version{Name: "a", Architecture: "amd64", Serial: fmt.Sprint(namesPerMinute / namesAtLeast), Fingerprint: fmt.Sprint(namesPerMinute / namesAtLeast)}); err != nil {
		t.Errorf("what is known is refused: %v", err)
	}
	if _, err := c.compare(t.Context(), other, from, last); err != nil {
		t.Errorf("another client is refused: %v", err)
	}
	now = now.Add(50 * time.Second)
	if _, err := c.compare(t.Context(), near, from, noted(t, n, "next", 1)); err != nil {
		t.Errorf("a minute later: %v", err)
	}
	for i := range 3 * maxComparing {
		c.count(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 32), 1)
		if _, _, err := c.enter(pair{fromPrint: fmt.Sprint(i)}, netip.Prefix{}); err == nil {
			c.leave(netip.Prefix{})
		}
	}
	if len(c.spent) > maxComparing {
		t.Errorf("%d clients are remembered", len(c.spent))
	}
}

func TestOnlySomeWaitForVersionsToBeCompared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &notes{texts: map[string][]byte{}, gate: make(chan struct{})}
		from := noted(t, n, "0", 1)
		c := newComparer(n)
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		ask := func(client netip.Addr, serial string) {
			all.Go(func() { _, _ = c.compare(ctx, client, from, noted(t, n, serial, 1)) })
			synctest.Wait()
		}
		ask(one, "1")
		ask(near, "2")
		var e *tooMuch
		if _, err := c.compare(ctx, one, from, image.Version{Serial: "3"}); !errors.As(err, &e) {
			t.Errorf("a third of one client: %v", err)
		}
		for i := range comparesWaiting - 2 {
			ask(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), fmt.Sprint(i+3))
		}
		if _, err := c.compare(ctx, other, from, image.Version{Serial: "x"}); !errors.As(err, &e) {
			t.Errorf("one more of another client: %v", err)
		}
		cancel() // those that wait go away
		close(n.gate)
		all.Wait()
		if c.all != 0 || len(c.waiting) != 0 {
			t.Errorf("%d wait still, of %d clients", c.all, len(c.waiting))
		}
	})
}
