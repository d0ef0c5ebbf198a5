package image

import "time"

// How a tag is looked at when somebody launches its image, be that of a spec or on demand.
const (
	// LookTime is how long a person waits for what a tag means now.
	LookTime = time.Second
	// LookAgain is for how long a look is good: who launches an instance asks several
	// times, and has to get one answer.
	LookAgain = 30 * time.Second
	// LookLimit ends a look that nobody waits for any more.
	LookLimit = time.Minute
)
