package agent

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Agent looks after the instances of a daemon. Its fields are set before Run.
type Agent struct {
	Settings
	Connect func(context.Context) (Fleet, error)
	Notify  func(Notice)  // does not wait; nil: nobody is told
	Report  func(State)   // is given each state; nil: nobody is
	Reread  func()        // reads the settings again, between two waves
	Reload  chan struct{} // with room for one: says that Reread is wanted
	Log     *slog.Logger

	State State // as it was when the agent ended last; later with mu alone
	mu    sync.Mutex
}

// again is when a daemon is asked again that could not be reached.
const again = time.Minute

// Run looks again and again until ctx ends. Updates that have begun come to their end then,
// until work ends: after that, they are undone.
func (a *Agent) Run(ctx, work context.Context) {
	for ctx.Err() == nil {
		_, err := a.Look(ctx, work, false)
		if ctx.Err() != nil {
			return
		}
		next := a.next(err)
		a.change(func(s *State) { s.Next = next })
		if a.sleep(ctx, next) {
			a.Log.Info("reading the settings again; after a failure, updates go on")
			a.change(func(s *State) { s.Paused = time.Time{} })
			a.Reread()
		}
	}
}

// next is when to look next: earlier than usual, if a window opens.
func (a *Agent) next(err error) time.Time {
	now := time.Now()
	if err != nil {
		return now.Add(min(again, a.Every))
	}
	// Not everybody asks the registries at the same time.
	next := now.Add(a.Every + rand.N(a.Every/10+1))
	for _, e := range a.State.Instances { // nobody changes it now
		if e.Status == Waiting && e.Until.After(now) && e.Until.Before(next) {
			next = e.Until
		}
	}
	return next
}

// sleep waits by the clock on the wall, also of a machine that sleeps meanwhile, and says
// whether the settings are to be read again.
func (a *Agent) sleep(ctx context.Context, until time.Time) (reread bool) {
	for until = until.Round(0); time.Until(until) > 0; {
		select {
		case <-ctx.Done():
			return false
		case <-a.Reload:
			return true
		case <-time.After(min(time.Until(until), time.Minute)):
		}
	}
	return false
}

// change changes the state, and reports it.
func (a *Agent) change(how func(*State)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	how(&a.State)
	if a.Report != nil {
		a.Report(a.State.copied())
	}
}

// tell tells people.
func (a *Agent) tell(n Notice) {
	n.Time, n.Daemon, n.Project = time.Now(), a.State.Daemon, a.State.Project
	n.Text = n.text()
	level := slog.LevelInfo
	if n.Event.NeedsPerson() {
		level = slog.LevelWarn
	}
	a.Log.Log(context.Background(), level, n.Text)
	if a.Notify != nil {
		a.Notify(n)
	}
}
