// Package memory says to the garbage collector how much memory the program shall take, which
// is more while something large is in use that it knows of.
package memory

import (
	"runtime/debug"
	"sync"
)

var limit struct {
	sync.Mutex
	set   bool
	bytes int64 // lent ones included
}

// Limit makes the collector work harder above so many bytes.
func Limit(bytes int64) {
	limit.Lock()
	defer limit.Unlock()
	limit.set = true
	limit.bytes = bytes
	debug.SetMemoryLimit(bytes)
}

// Lend raises the limit by bytes that will be in use for some time, and returns what takes
// that back. Without it, the collector would go through the memory again and again, for bytes that
// it cannot free. Without a Limit, nothing changes.
func Lend(bytes int64) (giveBack func()) {
	change := func(by int64) {
		limit.Lock()
		defer limit.Unlock()
		if limit.set {
			limit.bytes += by
			debug.SetMemoryLimit(limit.bytes)
		}
	}
	change(bytes)
	return sync.OnceFunc(func() { change(-bytes) })
}

// Reserve lowers the limit by bytes that another process is about to take, and gives memory
// that is not in use back to the kernel. It returns what ends that.
func Reserve(bytes int64) (end func()) {
	end = Lend(-bytes)
	debug.FreeOSMemory()
	return end
}
