package build_test

import (
	"slices"
	"sync"
	"testing"

	"lxdocker/internal/lxdimage"
	"lxdocker/internal/progress"
	"lxdocker/internal/spec"
	"lxdocker/internal/store/dir"
)

// watcher remembers how much of each step was announced, and done.
type watcher struct {
	progress.Display
	mu        sync.Mutex
	steps     []string
	announced map[string]int64
	done      map[string]int64
}

type watched struct {
	progress.Task
	*watcher
}

func (w *watcher) Task(name string) progress.Task { return watched{w.Display.Task(name), w} }

func (w watched) Step(name string, bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = append(w.steps, name)
	w.announced[name] = bytes
}

func (w watched) Add(bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[w.steps[len(w.steps)-1]] += bytes
}

func TestExportSaysHowFarItIs(t *testing.T) {
	address, push := serve(t)
	push("hello")
	for _, format := range []lxdimage.Format{lxdimage.Squashfs, lxdimage.Gzip, lxdimage.Tar} {
		t.Run(string(format), func(t *testing.T) {
			s := newSite(t, morning)
			b := s.builder()
			w := &watcher{Display: b.Display, announced: map[string]int64{}, done: map[string]int64{}}
			b.Format, b.Display = format, w
			exported, err := b.Export(t.Context(), s.jobs([]spec.Spec{{Name: "app", Image: address + "/app"}})[0], dir.Outlet(t.TempDir()))
			if err != nil || len(exported) != 1 {
				t.Fatal(exported, err)
			}
			if want := []string{progress.Resolving, progress.Merging, progress.Assembling}; !slices.Equal(w.steps, want) {
				t.Errorf("the steps are %q", w.steps)
			}
			if done, all := w.done[progress.Assembling], w.announced[progress.Assembling]; done != all || all < 1<<20 { // busybox
				t.Errorf("of %d bytes that were announced %d are done", all, done)
			}
		})
	}
}
