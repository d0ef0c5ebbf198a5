package config

import (
	"os"
	"runtime/debug"

	"lxdocker/internal/memory"
)

// When the garbage collector begins to work harder, in bytes: most images never come near it,
// and all processes together take less than 256 MiB for one of the largest; several of them at
// once may take some more (docs/attacks.md).
const (
	mostAlone     = 190 << 20
	mostServing   = 96 << 20  // while layers are unpacked, and large images assembled, in others
	mostUnpacking = 80 << 20  // the process that unpacks layers
	mostApart     = 108 << 20 // each that assembles an image
)

// LimitMemory makes a program that converts keep to little memory, unless
// somebody said otherwise by GOMEMLIMIT.
func LimitMemory() { limitMemory(mostAlone) }

// LimitMemoryServing does so in a server whose layers and images are mostly made in other
// processes. It collects less often than usual, as clients wait for that. What it keeps has to be
// well below the limit, or it collects all the time.
func LimitMemoryServing() {
	limitMemory(mostServing)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

// LimitMemoryApart does so in a process that only assembles: it collects more often, as nobody
// waits for it.
func LimitMemoryApart() {
	limitMemory(mostApart)
	debug.SetGCPercent(50)
}

// LimitMemoryUnpacking does so in a process that unpacks layers for others.
func LimitMemoryUnpacking() {
	limitMemory(mostUnpacking)
	debug.SetGCPercent(50)
}

func limitMemory(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		memory.Limit(bytes)
	}
}
