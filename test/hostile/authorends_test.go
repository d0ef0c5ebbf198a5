package hostile

import (
	"archive/tar"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"lxdocker/test/hostile/bomb"
)

// mostToEnd is how long imgserver may take to end, whatever it is at.
const mostToEnd = 10 * time.Second

// endsAfter asks for an image, waits, tells the server to end, and says how long that took.
func (v *victim) endsAfter(name string, wait time.Duration) time.Duration {
	v.t.Helper()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if r, err := v.Client.Get(v.URL + "/1.0/images/" + v.shelf.host + "/" + name); err == nil {
			_, _ = io.Copy(io.Discard, r.Body)
			_ = r.Body.Close()
		}
	}()
	time.Sleep(wait)
	began := time.Now()
	if err := v.Signal(syscall.SIGTERM); err != nil {
		v.t.Fatal(err)
	}
	if _, err := v.Wait(); err != nil {
		v.t.Fatal(err)
	}
	took := time.Since(began)
	<-answered
	return took
}

func TestAnImageCannotKeepTheServerFromEndingAtScale(t *testing.T) {
	s := newShelf(t)
	files, holes, names := bomb.NewLayer(), bomb.NewLayer(), bomb.NewLayer()
	files.Plain(1_900_000, func(i int) string { return fmt.Sprintf("%07d", i) })
	holes.Sparse("hole", 4<<30-1<<20)
	names.Add(tar.Header{Typeflag: tar.TypeDir, Name: "d/"})
	names.Add(tar.Header{Typeflag: tar.TypeSymlink, Name: "l", Linkname: "d/../d/../d/../d/../d/../d/../d/../d"})
	names.Plain(700_000, func(i int) string { return fmt.Sprintf("l/%06d", i) })
	s.Image("files", files.Done())
	s.Image("holes", holes.Done())
	s.Image("names", names.Done())
	longest := time.Duration(0)
	for _, name := range []string{"files", "holes", "names"} {
		for _, wait := range []time.Duration{200 * time.Millisecond, time.Second, 2 * time.Second, 3 * time.Second, 5 * time.Second} {
			took := newVictim(t, s).endsAfter(name, wait)
			if longest = max(longest, took); took > mostToEnd {
				t.Errorf("told to end %v after %s was asked for, it took %v", wait, name, took)
			}
		}
	}
	t.Logf("the attacker kept the server for %v at most", longest.Round(time.Millisecond))
}

// slowShelf has an image called slow, whose layer comes as send sends it, until the test ends.
func slowShelf(t *testing.T, send func(w io.Writer, ended <-chan struct{}) error) *shelf {
	t.Helper()
	s := newShelf(t)
	l := bomb.NewLayer()
	l.File("x", bomb.Noise(1, 64<<10))
	s.Image("slow", l.Done())
	ended := make(chan struct{})
	t.Cleanup(func() { close(ended) })
	s.Slow = func(w io.Writer) error { return send(w, ended) }
	return s
}

func TestARegistryThatSendsLittleCannotKeepAPlace(t *testing.T) {
	t.Parallel()
	s := slowShelf(t, func(w io.Writer, ended <-chan struct{}) error {
		for {
			if _, err := w.Write([]byte{0x1f}); err != nil {
				return err
			}
			w.(http.Flusher).Flush()
			select {
			case <-ended:
				return nil
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
	v := newVictim(t, s, "--on-demand-time", "2s", "--conversions", "1")
	a := v.refused("slow", "longer than 2s", "--on-demand-time")
	a.within(t, time.Second, mostMemory)
	if a.took > 10*time.Second {
		t.Errorf("it kept its place for %v", a.took)
	}
}

func TestARegistryThatSendsLittleCannotKeepTheServerFromEnding(t *testing.T) {
	t.Parallel()
	s := slowShelf(t, func(w io.Writer, ended <-chan struct{}) error {
		_, _ = w.Write([]byte{0x1f})
		w.(http.Flusher).Flush()
		<-ended
		return nil
	})
	if took := newVictim(t, s).endsAfter("slow", 300*time.Millisecond); took > mostToEnd {
		t.Errorf("it took %v", took)
	} else {
		t.Logf("the attacker kept the server for %v", took.Round(time.Millisecond))
	}
}
