package agent

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lxdocker/internal/daemon"
	"lxdocker/internal/failure"
	"lxdocker/internal/instance"
)

// fleet is a daemon whose instances are updated in no time, or as long as somebody says.
type fleet struct {
	mu        sync.Mutex
	instances map[string]*daemon.Instance
	images    map[string]daemon.Image
	absent    map[string]bool   // fingerprints of images that an update has to bring
	newest    map[string]string // fingerprints, by the reference of the image
	bad       map[string]bool   // fingerprints, or NAME/FINGERPRINT, that do not work
	errs      map[string]error  // of updates that have begun, by the instance
	unmended  map[string]error  // of mending or starting an instance; nil: that never ends
	unmade    map[string]error  // of making the new one of an instance
	meanwhile func(name string) // happens while the image is fetched for an update
	faults    map[string]error  // of looking up a reference
	faulty    int               // how often one was looked up
	takes     time.Duration     // each update
	done      []string          // what was done, such as "stop web"
	busy      int
	most      int // updates at once
}

// birth is when all images were made and fetched that the clock of a test does not know.
var birth = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// fleetOf has instances of the image `app`, which run version one while there is version two.
func fleetOf(names ...string) *fleet {
	f := &fleet{instances: map[string]*daemon.Instance{}, absent: map[string]bool{}, newest: map[string]string{}, bad: map[string]bool{}, errs: map[string]error{}, unmade: map[string]error{}, unmended: map[string]error{}, faults: map[string]error{},
		images: map[string]daemon.Image{}}
	for _, name := range names {
		f.add(name, map[string]string{keyPolicy: "auto"})
	}
	return f
}

// add makes an instance with an image of its own name.
func (f *fleet) add(name string, config map[string]string) {
	all := map[string]string{"image.lxdocker.ref": name, "volatile.base_image": name + "-1"}
	maps.Copy(all, config)
	f.instances[name] = &daemon.Instance{Name: name, Status: "Running", Config: all, ExpandedConfig: maps.Clone(all)}
	f.newest[name] = name + "-2"
	f.images[name+"-1"] = daemon.Image{Fingerprint: name + "-1", CreatedAt: birth}
	f.images[name+"-2"] = daemon.Image{Fingerprint: name + "-2", CreatedAt: birth.Add(time.Hour)}
}

// set changes a setting.
func (f *fleet) set(name, key, value string) {
	f.instances[name].Config[key], f.instances[name].ExpandedConfig[key] = value, value
}

func (f *fleet) log(format string, args ...any) {
	f.done = append(f.done, fmt.Sprintf(format, args...))
}

// did is what was done since the last call.
func (f *fleet) did() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := strings.Join(f.done, ", ")
	f.done = nil
	return all
}

func (f *fleet) Names() (string, string) { return "LXD", "team" }

func (f *fleet) Instances(context.Context) (all []daemon.Instance, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(f.instances)) {
		i := *f.instances[name]
		i.Config, i.ExpandedConfig = maps.Clone(i.Config), maps.Clone(i.ExpandedConfig)
		all = append(all, i)
	}
	return all, nil
}

func (f *fleet) Image(_ context.Context, fingerprint string) (daemon.Image, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i, ok := f.images[fingerprint]
	if !ok {
		return i, &daemon.Error{Status: http.StatusNotFound, Text: "not found"}
	}
	return i, nil
}

func (f *fleet) Images(context.Context) (all []daemon.Image, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fingerprint := range slices.Sorted(maps.Keys(f.images)) {
		if !f.absent[fingerprint] {
			all = append(all, f.images[fingerprint])
		}
	}
	return all, nil
}

func (f *fleet) DeleteImage(_ context.Context, fingerprint string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log("delete %s", fingerprint)
	delete(f.images, fingerprint)
	return nil
}

func (f *fleet) Update(ctx context.Context, name string, how How) (r instance.Result, err error) {
	f.mu.Lock()
	i := *f.instances[name]
	reference := instance.Reference(i)
	to, fault, trouble := f.newest[reference], f.faults[reference], f.errs[name]
	from, bad := i.Config["volatile.base_image"], f.bad[f.newest[reference]] || f.bad[name+"/"+f.newest[reference]]
	f.mu.Unlock()
	r = instance.Result{Name: name, Outcome: instance.Failed}
	if fault != nil {
		f.faulty++
		return r, fault
	}
	r.From, r.To = from, to
	f.mu.Lock()
	delete(f.absent, to)
	if f.meanwhile != nil && !how.Dry {
		f.meanwhile(name)
	}
	i = *f.instances[name]
	i.Config, i.ExpandedConfig = maps.Clone(i.Config), maps.Clone(i.ExpandedConfig)
	f.mu.Unlock()
	switch to {
	case from:
		r.Outcome = instance.Unchanged
		return r, nil
	case i.Config["user.lxdocker.refused"]:
		r.Outcome, r.Why = instance.Refused, "it did not work the last time"
		return r, nil
	}
	if r.Why, err = how.Hold(ctx, i, to); err != nil || r.Why != "" {
		r.Outcome = instance.Held
		return r, err
	}
	if how.Dry {
		r.Outcome = instance.Would
		return r, nil
	}
	if err := f.unmade[name]; err != nil {
		f.log("fail %s", name)
		return r, err
	}
	if err := how.Ready(ctx); err != nil {
		return r, err
	}
	f.begin()
	defer f.end()
	select {
	case <-time.After(f.takes):
	case <-ctx.Done():
		f.log("undo %s", name)
		return r, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.instances[name]
	now.Status = "Stopped"
	if i.Running() || how.Wake {
		now.Status = "Running"
	}
	delete(now.Config, resting)
	switch {
	case trouble != nil:
		f.log("fail %s", name)
		return r, trouble
	case bad:
		now.Config["user.lxdocker.refused"] = to
		f.log("back %s", name)
		r.Outcome, r.Why = instance.WentBack, "it is unhealthy"
		return r, nil
	}
	now.Config["volatile.base_image"] = to
	f.log("update %s", name)
	r.Outcome, r.Downtime = instance.Updated, f.takes
	return r, nil
}

const resting = "user.lxdocker.update.resting"

func (f *fleet) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy++
	f.most = max(f.most, f.busy)
}

func (f *fleet) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.busy--
}

// fails is why an instance cannot be mended or started.
func (f *fleet) fails(ctx context.Context, name string) error {
	err, fails := f.unmended[name]
	if fails && err == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

func (f *fleet) Mend(ctx context.Context, name string) error {
	if err := f.fails(ctx, name); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log("mend %s", name)
	delete(f.instances[name].Config, "user.lxdocker.update.state")
	return nil
}

func (f *fleet) Rest(_ context.Context, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log("stop %s", name)
	f.instances[name].Status, f.instances[name].Config[resting] = "Stopped", name+" me"
	return nil
}

func (f *fleet) Wake(ctx context.Context, name string) error {
	if err := f.fails(ctx, name); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if f.instances[name].Config[resting] == "" {
		return nil
	}
	f.log("start %s", name)
	f.instances[name].Status = "Running"
	delete(f.instances[name].Config, resting)
	return nil
}

func (f *fleet) Lives(process string) bool { return process == "another" }

// agentOf is an agent of a fleet, and what it tells people.
func agentOf(f *fleet) (a *Agent, told func() string) {
	var mu sync.Mutex
	var all []string
	a = &Agent{Settings: Settings{Policy: Off, AtOnce: 1, Every: time.Hour}, Reload: make(chan struct{}, 1), Reread: func() {},
		Connect: func(context.Context) (Fleet, error) { return f, nil },
		Log:     slog.New(slog.NewTextHandler(io.Discard, nil)),
		Notify: func(n Notice) {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, string(n.Event)+" "+n.Instance)
		}}
	return a, func() string {
		mu.Lock()
		defer mu.Unlock()
		text := strings.Join(all, ", ")
		all = nil
		return text
	}
}

// looks is one look, which has to work.
func looks(t *testing.T, a *Agent) (bad bool) {
	t.Helper()
	bad, err := a.Look(t.Context(), t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return bad
}

func statusOf(a *Agent, name string) (Status, string) {
	e := a.State.entry(name)
	return e.Status, e.Why
}

var errRegistry = failure.Errorf(failure.Unavailable, "the registry does not answer")
