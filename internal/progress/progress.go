package progress

// Display shows the tasks of one run. It is safe for concurrent use.
type Display interface {
	Task(name string) Task
	Close() // draws what is still to be drawn
}

// Task is one image on its way. A task has one owner, but Add may be called by
// several goroutines at once.
type Task interface {
	Step(name string, bytes int64) // what goes on now, and how many bytes it will be (0: not known)
	Add(bytes int64)               // so much of the step is done
	End(outcome Outcome, detail string)
}

// Resolving is the first step of every image. It is over in a moment, so plain
// lines leave it out.
const Resolving = "resolving"

// Outcome is how an image ended.
type Outcome string

// The outcomes, in the words of the summary and of --json.
const (
	Built     Outcome = "built"
	Unchanged Outcome = "unchanged"
	Failed    Outcome = "failed"
	Removed   Outcome = "removed"
)
