package config

import (
	"os"
	"runtime"
)

// What is converted computes in some threads for each processor, and answers need a few
// more. Each of them has memory of its own: 16 for two processors cost half as much
// memory again for the largest images as 8 do.
const (
	threads = 4 // goroutines that run at once for each processor
	spare   = 8 // how many more than processors, at most
)

// ShareProcessors makes the kernel share the processors among what a program computes,
// unless somebody said otherwise by GOMAXPROCS. Go itself does so in steps of ten
// milliseconds, and a request would wait for those of all that compresses and unpacks; the
// kernel knows what is in the background. What counts processors has to do so before.
func ShareProcessors() {
	if os.Getenv("GOMAXPROCS") == "" {
		n := runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(min(threads*n, n+spare))
	}
}
