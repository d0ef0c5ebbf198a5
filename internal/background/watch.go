package background

import "context"

// Watcher is told when work waits for bytes that others send, which may never come.
type Watcher interface {
	// Wait is called before work waits, and what it returns afterwards, with how many
	// bytes have come. Work may wait in several places at once.
	Wait() (over func(bytes int))
}

type watcherKey struct{}

// Watched returns a context whose work tells w when it waits.
func Watched(ctx context.Context, w Watcher) context.Context {
	return context.WithValue(ctx, watcherKey{}, w)
}

// Wait tells the watcher of a context, if there is one, that its work waits, until over is
// called.
func Wait(ctx context.Context) (over func(bytes int)) {
	if w, ok := ctx.Value(watcherKey{}).(Watcher); ok {
		return w.Wait()
	}
	return func(int) {}
}
