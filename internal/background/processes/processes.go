package processes

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"lxdocker/internal/background"
)

// Set is a set of processes. It is safe for concurrent use.
type Set struct {
	mu      sync.Mutex
	all     map[*os.Process]bool
	waiting int           // how many want them to stop
	stopped bool          // they are
	since   time.Time     // they are stopped, or work
	rest    time.Duration // how long they work at least before they stop again
	timer   *time.Timer   // the next change that nobody has to ask for
}

// quiet is for how long processes stop at a time. Then they work for as long as they have
// been stopped: clients that ask for something short again and again do not stop them for good.
const quiet = 250 * time.Millisecond

// New returns an empty set.
func New() *Set {
	p := &Set{all: map[*os.Process]bool{}}
	p.timer = time.AfterFunc(time.Hour, p.adjust)
	p.timer.Stop()
	return p
}

// Start starts a command with the priority of a context. wait is cmd.Wait, and has to be called.
func (p *Set) Start(ctx context.Context, cmd *exec.Cmd) (wait func() error, err error) {
	started, ended := make(chan error), make(chan struct{})
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	usual := background.With(context.Background(), background.Steps(ctx)) // also while it is young
	go background.Do(usual, func() {
		// The signal comes when the thread ends that has started the process (PR_SET_PDEATHSIG).
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- cmd.Start()
		<-ended
	})
	if err := <-started; err != nil {
		close(ended)
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[cmd.Process] = true
	return func() error {
		defer close(ended)
		err := cmd.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.all, cmd.Process)
		return err
	}, nil
}

// Quiet stops the processes for moments while the work of a context is spared (package
// background), until it is told that this is over. A nil Set has none.
func (p *Set) Quiet(ctx context.Context) (over func()) {
	left := background.SparedFor(ctx)
	if p == nil || left <= 0 {
		return func() {}
	}
	p.wait(1)
	over = sync.OnceFunc(func() { p.wait(-1) })
	time.AfterFunc(left, over)
	return over
}

// wait counts those who want them to stop.
func (p *Set) wait(one int) {
	p.mu.Lock()
	p.waiting += one
	p.mu.Unlock()
	p.adjust()
}

// adjust stops or continues the processes, if it is time for that.
func (p *Set) adjust() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch been := now.Sub(p.since); {
	case p.stopped && (p.waiting == 0 || been >= quiet):
		p.signal(syscall.SIGCONT)
		p.stopped, p.since, p.rest = false, now, been
		if p.waiting > 0 {
			p.timer.Reset(p.rest)
		}
	case p.stopped:
		p.timer.Reset(quiet - been)
	case p.waiting > 0 && been >= p.rest:
		p.signal(syscall.SIGSTOP)
		p.stopped, p.since = true, now
		p.timer.Reset(quiet)
	case p.waiting > 0:
		p.timer.Reset(p.rest - been)
	}
}

func (p *Set) signal(s os.Signal) {
	for one := range p.all {
		_ = one.Signal(s) // it may have ended
	}
}
