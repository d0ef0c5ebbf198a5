package power_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/image"
	"lxdocker/internal/store/dir"
	"lxdocker/test/programs"
)

var copies = flag.Int("copies", 30, "how many times the power is taken away")

func TestNothingIsLostWithThePowerAtScale(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	folder := t.TempDir()
	if err := programs.Build(t.Context(), "", folder, "lxdocker/cmd/lxdocker", "lxdocker/cmd/imgserver"); err != nil {
		t.Fatal(err)
	}
	for life := range lives {
		t.Run(fmt.Sprint("life ", life+1), func(t *testing.T) { live(t, folder, (*copies+lives-1)/lives) })
	}
}

// lives is how often everything begins anew, so that there is not ever more to verify.
const lives = 3

// live takes the power away some times.
func live(t *testing.T, programs string, copies int) {
	d, s := newDisk(t), newSite(t, programs)
	if out, err := s.build(t.Context(), d.live); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	server, err := s.serve(d.live)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var working sync.WaitGroup
	working.Go(func() { s.work(ctx, d.live, server) })
	for n := range copies {
		time.Sleep(50*time.Millisecond + rand.N(700*time.Millisecond))
		must := s.published()
		at, forget := d.copy(n)
		s.checking.Lock()
		s.check(at, must, n)
		s.checking.Unlock()
		forget()
		if t.Failed() {
			break
		}
	}
	cancel()
	working.Wait()
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
}

// check goes on with a disk as after a loss of power.
func (s *site) check(disk string, must map[image.Product]string, n int) {
	if out, err := s.lxdocker(s.t.Context(), "verify", "--lxdimages", disk+"/images"); err != nil {
		s.t.Errorf("copy %d: verify: %v\n%s", n, err, out)
	}
	images, err := dir.Open(disk + "/images")
	if err != nil {
		s.t.Fatal(err)
	}
	now, err := images.Versions(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for p, serial := range must {
		if v, ok := now.Current(p); !ok || v.Serial < serial {
			s.t.Errorf("copy %d: %s %s was published, and there is %q", n, p, serial, v.Serial)
		}
	}
	s.checkServer(disk, n)
	if n%3 == 0 { // the cache, and the lock of a run
		if out, err := s.build(s.t.Context(), disk); err != nil || strings.Contains(out, "damaged") {
			s.t.Errorf("copy %d: the next run: %v\n%s", n, err, out)
		}
	}
}

// checkServer starts a server, which takes up what was broken off, and asks it for an
// image that was there and for one that was not.
func (s *site) checkServer(disk string, n int) {
	server, err := s.serve(disk)
	if err != nil {
		s.t.Errorf("copy %d: %v", n, err)
		return
	}
	fresh := fmt.Sprintf("fresh%d", n)
	s.push(fresh)
	for _, repository := range []string{fmt.Sprintf("app%d", rand.IntN(demanded)), fresh} {
		if err := s.ask(server, repository); err != nil {
			s.t.Errorf("copy %d: %v", n, err)
		}
	}
	if err := server.Stop(); err != nil {
		s.t.Errorf("copy %d: %v", n, err)
	}
	for _, bad := range []string{"set aside", "cannot be used", "damaged", "level=ERROR"} {
		if log := server.Log.String(); strings.Contains(log, bad) {
			s.t.Errorf("copy %d: the server says that something is %q:\n%s", n, bad, log)
			return
		}
	}
}
