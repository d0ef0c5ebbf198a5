package lifecycle

import "time"

// What holds where neither the spec nor the image says anything.
const (
	DefaultStopSignal  = "SIGTERM"
	DefaultStopTimeout = 90 * time.Second // shorter than the patience of any client
)

// The defaults of Docker's HEALTHCHECK. Its start period is 0.
const (
	DefaultHealthInterval      = 30 * time.Second
	DefaultHealthTimeout       = 30 * time.Second
	DefaultHealthStartInterval = 5 * time.Second
	DefaultHealthRetries       = 3
)
