package testenv

import (
	"runtime"
	"runtime/debug"
	"time"
)

// PeakHeap runs do and returns how many bytes of the heap were in use at most, above
// what was in use before. Garbage is collected often meanwhile, as it is when memory
// is scarce.
func PeakHeap(do func()) uint64 {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	var now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&now)
	before, peak := now.HeapAlloc, uint64(0)
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc)
			}
		}
	}()
	do()
	close(end)
	<-ended
	return peak - min(peak, before)
}
