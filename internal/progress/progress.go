package progress

// Display shows the tasks of one run. It is safe for concurrent use.
type Display interface {
	Task(name string) Task
	Close() // draws what is left to draw, and leaves a terminal clean
}

// Task is one piece of work, mostly an image. It has one owner, but Add, Layer and
// Known may be called by several goroutines.
type Task interface {
	Step(name string, bytes int64)          // begins a step of so many bytes (0: not known)
	Add(bytes int64)                        // so many bytes of the step are done
	Fetch(layers int, bytes int64)          // begins the step Fetching: so many layers, so many bytes of blobs
	Layer(digest string, bytes int64) Layer // fetching one of these begins; negative bytes: not known
	Known(digest string, bytes int64)       // one of these is in the cache
	End(outcome Outcome, detail string)
	Fail(err error) // is End for a failure
}

// Layer is one layer that is being fetched. It belongs to the step of its task.
type Layer interface {
	Add(bytes int64) // so many bytes of its blob have arrived
	End(err error)   // it is ready, or will not be
}

// Steps that displays know.
const (
	Resolving  = "resolving" // the first step of every image; plain lines leave it out, because it is short
	Fetching   = "fetching"
	Merging    = "merging" // as short as Resolving
	Assembling = "assembling"
	Archiving  = "archiving" // writes the same file system again, as a tarball
	Comparing  = "comparing" // with the previous version, for a delta
	Verifying  = "verifying" // published files against their hashes
)

// Outcome is how a task ended.
type Outcome string

// The outcomes, in the words of the summary and of --json.
const (
	Built       Outcome = "built"
	Unchanged   Outcome = "unchanged"
	Failed      Outcome = "failed"
	Removed     Outcome = "removed"
	Interrupted Outcome = "interrupted" // in a run that was told to end; it has no summary
)
