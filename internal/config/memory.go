package config

import (
	"os"
	"runtime/debug"
)

// memory is when the garbage collector begins to work harder, in bytes: most
// images never come near it, and the largest stay below 256 MiB in all.
const memory = 190 << 20

// LimitMemory makes a program that converts keep to little memory, unless
// somebody said otherwise by GOMEMLIMIT.
func LimitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memory)
	}
}
