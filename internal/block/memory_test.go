package block

import (
	"bytes"
	"context"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"
)

// live is how much memory the heap takes without garbage.
func live() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse)
}

// TestMemoryDoesNotGrowWithTheCoresAtScale: six writers are as many layers as are worked
// on at once, and a block of each that is being filled is its own.
func TestMemoryDoesNotGrowWithTheCoresAtScale(t *testing.T) {
	if testing.Short() {
		t.Skip("it measures memory, which -race needs much of")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(32))
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	for level, test := range map[Level]struct {
		most   int64 // MiB
		blocks int   // of each writer: the faster a level, the more until all encoders are busy
	}{Fast: {80, 8}, Default: {80, 8}, Best: {110, 3}} {
		t.Run(string(level), func(t *testing.T) {
			content, most := text(1, test.blocks*Size), test.most
			c := NewCodec(level)
			before, peak := live(), int64(0)
			var group sync.WaitGroup
			for range 6 {
				file := emptyFile(t)
				group.Go(func() {
					w := NewWriter(c, file)
					defer w.Discard()
					if _, err := w.Add(context.Background(), bytes.NewReader(content), int64(len(content))); err != nil {
						t.Error(err)
					}
				})
			}
			done := make(chan struct{})
			go func() { group.Wait(); close(done) }()
			for busy := true; busy; {
				select {
				case <-done:
					busy = false
				case <-time.After(5 * time.Millisecond):
				}
				peak = max(peak, live()-before)
			}
			if peak > most<<20 {
				t.Errorf("compressing takes %d MiB, more than %d", peak>>20, most)
			}
			kept := live() - before
			c.ReleaseIdle()
			resting := live() - before
			if resting > 1<<20 || kept <= resting {
				t.Errorf("after %d MiB it rests with %d KiB", kept>>20, resting>>10)
			}
			t.Logf("%d MiB at the peak, %d MiB kept, %d KiB at rest", peak>>20, kept>>20, resting>>10)
			runtime.KeepAlive(c)
			runtime.KeepAlive(content) // or it would be missed from what was there before
		})
	}
}
