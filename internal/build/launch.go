package build

import (
	"context"
	"slices"
	"sync"
	"time"

	"lxdocker/internal/convert"
	"lxdocker/internal/image"
	"lxdocker/internal/spec"
	"lxdocker/internal/store"
)

// Launches brings images of specs up to date that somebody is about to launch. All fields
// but the last two must be set.
type Launches struct {
	Builder *Builder
	Store   store.Store
	Load    func() (spec.Set, error)
	Host    string          // the architecture of specs that name none
	Context context.Context // of all work
	Go      func(func())    // runs work that is waited for at the end

	mu    sync.Mutex
	looks map[image.Product]*launch
}

// launch is the question what the tag of an image means now.
type launch struct {
	began  time.Time
	known  chan struct{} // closed when it is known whether it means something new
	newer  bool
	done   chan struct{} // closed when that is published, or cannot be
	result image.Version // zero: there is nothing newer
}

// Fresh returns the version for a client that asks for an existing one: what its tag means
// now, if the client waits and the registry answers within a second. In that case it may
// take as long as a conversion.
func (l *Launches) Fresh(ctx context.Context, v image.Version, waits bool) image.Version {
	if !waits || l.Context.Err() != nil {
		return v
	}
	look := l.look(v.Product())
	limit := time.NewTimer(image.LookTime)
	defer limit.Stop()
	select {
	case <-look.known:
	case <-limit.C:
		return v
	case <-ctx.Done():
		return v
	}
	if !look.newer {
		return v
	}
	select {
	case <-look.done:
	case <-ctx.Done():
	case <-l.Context.Done():
	}
	select {
	case <-look.done:
		if look.result.Serial > v.Serial {
			return look.result
		}
	default:
	}
	return v
}

// look begins a look, or returns the one of a moment ago.
func (l *Launches) look(p image.Product) *launch {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.Builder.Now()
	if look, ok := l.looks[p]; ok && now.Sub(look.began) < image.LookAgain {
		return look
	}
	if l.looks == nil {
		l.looks = map[image.Product]*launch{}
	}
	look := &launch{began: now, known: make(chan struct{}), done: make(chan struct{})}
	l.looks[p] = look
	l.Go(func() { l.work(look, p) })
	return look
}

func (l *Launches) work(look *launch, p image.Product) {
	defer close(look.done)
	j, ok := l.job(p)
	if ok {
		ctx, cancel := context.WithTimeout(l.Context, image.LookLimit)
		defer cancel()
		var err error
		if look.newer, err = l.Builder.Outdated(ctx, l.Store, j); err != nil && l.Context.Err() == nil {
			l.Builder.Log.Warn("cannot look at the tag of a spec; clients get the image as it was", "image", p, "error", err)
		}
	}
	close(look.known)
	if !look.newer {
		return
	}
	unlock, err := l.Store.TryLock(l.Context)
	if err != nil {
		return // a run is at work, which comes to this image as well
	}
	defer unlock()
	results, err := l.Builder.Run(l.Context, l.Store, Request{Jobs: []convert.Job{j}, Background: true})
	for _, r := range results {
		if r.Err == nil && r.Product == p {
			look.result = r.Version
		} else if err == nil {
			err = r.Err
		}
	}
	if err != nil && l.Context.Err() == nil {
		l.Builder.Log.Warn("an image of a spec failed; its version stays", "image", p, "error", err)
	}
}

// job is what the specs ask for under a name.
func (l *Launches) job(p image.Product) (convert.Job, bool) {
	specs, err := l.Load()
	if err != nil {
		return convert.Job{}, false // the next run says so
	}
	jobs := NewPlan(specs, l.Host).Jobs
	i := slices.IndexFunc(jobs, func(j convert.Job) bool { return j.Product == p })
	if i < 0 {
		return convert.Job{}, false
	}
	return jobs[i], true
}
