package progress

// Display shows the tasks of one run. It is safe for concurrent use.
type Display interface {
	Task(name string) Task
	Close() // draws what is still to be drawn, and leaves a terminal clean
}

// Task is one image on its way. A task has one owner, but Add, Layer and Known
// may be called by several goroutines at once.
type Task interface {
	Step(name string, bytes int64)          // what goes on now, and how many bytes it will be (0: not known)
	Add(bytes int64)                        // so much of the step is done
	Fetch(layers int, bytes int64)          // the step Fetching: of so many layers, whose blobs have so many bytes
	Layer(digest string, bytes int64) Layer // one of these comes now; negative bytes: not known
	Known(digest string, bytes int64)       // one of these was there already
	End(outcome Outcome, detail string)
}

// Layer is one layer that is being fetched. It belongs to the step of its task.
type Layer interface {
	Add(bytes int64) // so much of its blob has come
	End(err error)   // it is ready, or will not be
}

// Steps that displays know.
const (
	Resolving  = "resolving" // the first one of every image; over in a moment, so plain lines leave it out
	Fetching   = "fetching"
	Merging    = "merging" // as short as the first
	Assembling = "assembling"
	Archiving  = "archiving" // the same file system once more, as a tarball
	Comparing  = "comparing" // with the version before, for a delta
)

// Outcome is how an image ended.
type Outcome string

// The outcomes, in the words of the summary and of --json.
const (
	Built     Outcome = "built"
	Unchanged Outcome = "unchanged"
	Failed    Outcome = "failed"
	Removed   Outcome = "removed"
)
