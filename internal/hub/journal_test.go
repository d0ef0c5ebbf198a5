package hub

import (
	"os"
	"syscall"
	"testing"
	"time"
)

// A disk that stands still keeps nobody waiting but who has to know that something is on it.
func TestNobodyWaitsForTheJournal(t *testing.T) {
	for name, stop := range map[string]func(t *testing.T, j *journal) (goOn func()){
		"lines": func(t *testing.T, j *journal) func() {
			if err := syscall.Mkfifo(j.lines(), 0o600); err != nil {
				t.Fatal(err)
			}
			return func() { _, _ = os.ReadFile(j.lines()) }
		},
		"whole": func(_ *testing.T, j *journal) func() {
			goOn := make(chan struct{})
			j.writing.Lock()
			defer j.writing.Unlock()
			j.whole, j.replace = true, func(string, []byte) error { <-goOn; return nil }
			return func() { close(goOn) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newFixture(t)
			w.old(nginx, time.Minute)
			h, end := w.hub(nil)
			defer end()
			soon(t, "saved", func() bool { _, err := os.Stat(h.Journal); return err == nil && h.journal.saved() })
			goOn := stop(t, h.journal)
			go func() { _, _ = h.Image(t.Context(), "redis", "amd64", "c") }()
			soon(t, "asked for", func() bool { h.mu.Lock(); defer h.mu.Unlock(); return len(h.calls) == 1 })
			if _, err := h.Image(t.Context(), "nginx", "amd64", "c"); err != nil {
				t.Error(err)
			}
			h.Work()
			if n := w.count("docker.io/library/redis:latest"); n > 0 {
				t.Error("it is converted before anybody would know after a crash that it was asked for")
			}
			goOn()
			soon(t, "converted", func() bool { return w.count("docker.io/library/redis:latest") == 1 })
		})
	}
}

// saved says whether nothing is left to write.
func (j *journal) saved() bool {
	j.writing.Lock()
	defer j.writing.Unlock()
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.dirty
}
