package config

import (
	"os"
	"runtime"
)

// Conversions compute in some threads for each processor, and answers need a few more. Each
// thread has memory of its own: with 16 for two processors, the largest images take half as
// much memory again as with 8.
const (
	threads = 4 // goroutines that run at once for each processor
	spare   = 8 // how many more than processors, at most
)

// ShareProcessors makes the kernel share the processors among the threads of a program,
// unless GOMAXPROCS is set. Go's scheduler does so in steps of ten milliseconds, and a
// request would wait for those of everything that compresses and unpacks; the kernel knows
// which threads are in the background. Code that counts processors has to do so before.
func ShareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		n := runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(min(threads*n, n+spare))
	}
}
