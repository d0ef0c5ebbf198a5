package config

import (
	"os"
	"runtime"
)

// threads is how many goroutines run at once for each processor.
const threads = 8

// ShareProcessors makes the kernel share the processors among what a program computes,
// unless somebody said otherwise by GOMAXPROCS. Go itself does so in steps of ten
// milliseconds, and a request would wait for those of all that compresses and unpacks; the
// kernel knows what is in the background. What counts processors has to do so before.
func ShareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(threads * runtime.GOMAXPROCS(0))
	}
}
