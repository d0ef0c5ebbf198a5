package changes

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Watch is a folder that is watched, with those below it. All fields but Except and Began must
// be set.
type Watch struct {
	Folder string
	// Except are folders below it that are not watched, as files change there all the
	// time. Names that begin with a dot are never watched.
	Except []string
	// Began is called once, when changes are noticed from then on, or cannot be.
	Began func()
	// Changed is called when something has changed.
	Changed func()
	Log     *slog.Logger

	look time.Duration // 0: lookAgain
}

const (
	// quiet is how long nothing must have changed: a file is often written in several
	// steps, and several files together.
	quiet = 2 * time.Second
	// longest is how long somebody who changes something all the time is waited for.
	longest = 30 * time.Second
	// lookAgain is how often the folder itself is looked for: it may be a link that leads
	// somewhere else now, or may not have been there.
	lookAgain = 10 * time.Second
	// most is how many folders are watched: the kernel counts them for each user.
	most = 1000
)

// Run watches until ctx ends. A folder that is missing is waited for. If the kernel cannot
// watch, Run says so once, and tries again.
func (w Watch) Run(ctx context.Context) {
	events := make(chan struct{}, 1)
	go settle(ctx, events, w.Changed)
	began := sync.OnceFunc(w.began)
	defer began()
	said := ""
	for first := true; ctx.Err() == nil; first = false {
		err := w.watch(ctx, events, func() {
			began()
			if !first {
				note(events) // something may have changed that nobody saw
			}
		})
		began()
		if text := problem(err); text != said {
			if said = text; said != "" {
				w.Log.Warn("cannot notice changes of the folder; they are seen when its files are read the next time", "folder", w.Folder, "error", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(cmp.Or(w.look, lookAgain)):
		}
	}
}

func (w Watch) began() {
	if w.Began != nil {
		w.Began()
	}
}

func problem(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// note leaves an event for settle.
func note(events chan<- struct{}) {
	select {
	case events <- struct{}{}:
	default: // there is one
	}
}

// settle calls changed after events, when no more have come for a while.
func settle(ctx context.Context, events <-chan struct{}, changed func()) {
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-events:
		}
		for begin, more := time.Now(), true; more && time.Since(begin) < longest; {
			wait := time.NewTimer(quiet)
			select {
			case <-ctx.Done():
				more = false
			case <-events:
			case <-wait.C:
				more = false
			}
			wait.Stop()
		}
		if ctx.Err() == nil {
			changed()
		}
	}
}

// watch notes events until the folder is another one than before.
func (w Watch) watch(ctx context.Context, events chan<- struct{}, began func()) error {
	folder, err := filepath.EvalSymlinks(w.Folder) // WalkDir follows none
	if err != nil {
		return err
	}
	self, err := os.Stat(folder)
	if err != nil {
		return err
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Close() }()
	if err := w.add(watcher, folder); err != nil {
		return err
	}
	began()
	tick := time.NewTicker(cmp.Or(w.look, lookAgain))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if now, err := os.Stat(w.Folder); err != nil || !os.SameFile(self, now) {
				return err
			}
		case err := <-watcher.Errors: // events were lost
			note(events)
			return err
		case e := <-watcher.Events:
			if e.Name == folder && (e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename)) {
				return nil
			}
			if e.Name != folder && !seen(filepath.Base(e.Name)) {
				continue
			}
			note(events)
			if e.Has(fsnotify.Create) {
				if info, err := os.Lstat(e.Name); err == nil && info.IsDir() {
					if err := w.add(watcher, e.Name); err != nil {
						return err
					}
				}
			}
		}
	}
}

// add watches a folder and those below it. What is gone meanwhile is not missed.
func (w Watch) add(watcher *fsnotify.Watcher, folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case path != folder && !seen(d.Name()), w.excepted(path):
			return fs.SkipDir
		case len(watcher.WatchList()) >= most:
			return fs.SkipAll
		}
		if err := watcher.Add(path); err != nil && !os.IsNotExist(err) {
			return err
		}
		return nil
	})
}

// excepted says whether a folder is one of Except. These are compared by what they are: a
// path may lead through links.
func (w Watch) excepted(path string) bool {
	info, err := os.Stat(path)
	return err == nil && slices.ContainsFunc(w.Except, func(other string) bool {
		its, err := os.Stat(other)
		return err == nil && os.SameFile(info, its)
	})
}

// seen says whether a name is one that people choose: editors and version control have
// others for their own files.
func seen(name string) bool { return !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, "~") }
