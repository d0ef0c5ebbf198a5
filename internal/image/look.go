package image

import "time"

// How a tag is checked when somebody launches its image, whether that is of a spec or on
// demand.
const (
	// LookTime is how long a person waits until it is known what a tag means now.
	LookTime = time.Second
	// LookAgain is how long a check remains valid: a client that launches an instance asks
	// several times, and has to get one answer.
	LookAgain = 30 * time.Second
	// LookLimit ends a check that nobody waits for any more.
	LookLimit = time.Minute
)
