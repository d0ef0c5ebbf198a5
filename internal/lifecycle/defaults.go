package lifecycle

import "time"

// Defaults for what neither the spec nor the image says.
const (
	DefaultStopSignal  = "SIGTERM"
	DefaultStopTimeout = 90 * time.Second // shorter than the timeout of any client
	DefaultShmSize     = 64 << 20         // bytes of /dev/shm; Docker's
	DefaultLogSize     = 10 << 20         // bytes of the log in an instance
)

// The defaults of Docker's HEALTHCHECK.
const (
	DefaultHealthInterval      = 30 * time.Second
	DefaultHealthTimeout       = 30 * time.Second
	DefaultHealthStartPeriod   = 0 * time.Second
	DefaultHealthStartInterval = 5 * time.Second
	DefaultHealthRetries       = 3
)
