package main

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lxdocker/internal/changes"
	"lxdocker/internal/image"
	"lxdocker/internal/server"
	"lxdocker/internal/server/certificate"
)

// simulated is an imgserver in a bubble of package synctest: its files are real, its time is not.
// It has all that runs in serve and start, but for what waits for the kernel, which would stop
// that time: a listener, and the watch of the folder of specs.
type simulated struct {
	*options
	t       *testing.T
	folder  string
	handler http.Handler
	checker http.Handler // by which no image counts as downloaded
	pair    *certificate.Pair
	named   *named
	log     strings.Builder
	logging sync.Mutex
}

func (s *simulated) Write(p []byte) (int, error) {
	s.logging.Lock()
	defer s.logging.Unlock()
	return s.log.Write(p)
}

// said is what was logged since it was asked before.
func (s *simulated) said() string {
	s.logging.Lock()
	defer s.logging.Unlock()
	text := s.log.String()
	s.log.Reset()
	return text
}

func (s *simulated) path(elem ...string) string {
	return filepath.Join(append([]string{s.folder}, elem...)...)
}

// begin begins all work, which ends with ctx.
func (s *simulated) begin(ctx context.Context) (wait func()) {
	s.t.Helper()
	log := slog.New(slog.NewTextHandler(s, nil))
	site := &site{
		options: s.options, log: log, now: s.named.clock,
		watch: func(w changes.Watch, _ context.Context) { w.Began() },
	}
	err := site.open()
	if err == nil {
		err = site.start(ctx)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	w := site.work
	w.lost = append(w.lost, func(v image.Version) { s.t.Errorf("%s is damaged", v.Dir()) })
	s.pair = site.pair
	s.named.show(site.shown)
	w.running.Go(func() { site.shown.names.Run(ctx) })
	w.running.Go(func() { watch(ctx, site.images, site.pair, make(chan struct{}), w.lookNow, site.manager, log) })
	s.handler = server.New(site.offer)
	site.offer.Downloaded = nil
	s.checker = server.New(site.offer)
	return w.running.Wait
}

// get asks as a daemon of LXD does.
func (s *simulated) get(handler http.Handler, path string) *httptest.ResponseRecorder {
	q := httptest.NewRequestWithContext(s.t.Context(), "GET", "https://hub"+path, nil)
	q.Header.Set("User-Agent", "LXD 5.0.2 (Linux; x86_64; 6.1.0; Debian GNU/Linux; 12) (dir 1)")
	q.RemoteAddr = "192.0.2.7:1234"
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, q)
	return w
}

// date has files of the cache that were written lately be of the time of the bubble, as those of
// a disk are of the time of its machine: layers are removed by their age.
func (s *simulated) date() {
	s.t.Helper()
	now := time.Now()
	err := filepath.WalkDir(s.Cache, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.ModTime().After(now.Add(24*time.Hour)) {
			err = os.Chtimes(path, now, now)
		}
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// usage is what a server takes.
type usage struct {
	Files, Goroutines, OpenFiles          int
	Images, Cache, Layers, Record, Ledger int64 // bytes; of the ledger, lines; Layers are part of Cache
	Asked                                 int64 // bytes of the journal of the hub, which are part of Cache
	Log                                   int   // lines of a day
}

// measure measures it. What ends outside of the bubble, such as a connection of the registry,
// has some real time to do so, until there are no more goroutines and open files than before.
func (s *simulated) measure(before usage) (now usage) {
	s.t.Helper()
	for range 2000 {
		now.Goroutines = runtime.NumGoroutine()
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			s.t.Fatal(err)
		}
		now.OpenFiles = len(open)
		if now.Goroutines <= before.Goroutines && now.OpenFiles <= before.OpenFiles {
			break
		}
		_ = syscall.Nanosleep(&syscall.Timespec{Nsec: 5e6}, nil) // time.Sleep would be of the bubble
	}
	for folder, bytes := range map[string]*int64{s.Images: &now.Images, s.Cache: &now.Cache} {
		err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			info, err := e.Info()
			if err != nil {
				return err
			}
			now.Files++
			switch e.Name() {
			case ".ledger":
				text, err := os.ReadFile(path)
				now.Ledger = int64(strings.Count(string(text), "\n"))
				return err
			case ".runs":
				now.Record = info.Size()
			case "asked.json", "asked.json.lines":
				now.Asked += info.Size()
			}
			*bytes += info.Size()
			if strings.HasPrefix(path, filepath.Join(s.Cache, "layers")) {
				now.Layers += info.Size()
			}
			return nil
		})
		if err != nil {
			s.t.Fatal(err)
		}
	}
	return now
}
