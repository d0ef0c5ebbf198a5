package agent

import (
	"context"
	"slices"

	"lxdocker/internal/daemon"
)

// sees notes that an image is the newest of an instance, and whether it was brought for that.
func (l *look) sees(fingerprint string) {
	if fingerprint == "" {
		return
	}
	l.change(func(s *State) {
		l.newest[fingerprint] = true
		if !l.had[fingerprint] && !slices.Contains(s.Fetched, fingerprint) {
			s.Fetched = append(s.Fetched, fingerprint)
		}
	})
}

// tidy removes the images that were brought for updates and are not needed any more: no instance
// is of them, and they are no longer the newest. A daemon would keep them for ever.
func (l *look) tidy(ctx context.Context) {
	if l.State.Count(Unknown) > 0 {
		return // its image may be the newest of one of these
	}
	all, err := l.fleet.Instances(ctx)
	if err != nil {
		return // the next look does it
	}
	used := map[string]bool{}
	for _, i := range all {
		used[i.Config["volatile.base_image"]] = true
	}
	for _, fingerprint := range slices.Clone(l.State.Fetched) {
		if used[fingerprint] || l.newest[fingerprint] {
			continue
		}
		l.Log.Info("removing an image that was brought for updates, and is not needed any more", "fingerprint", fingerprint)
		if err := l.fleet.DeleteImage(ctx, fingerprint); err != nil && !daemon.NotFound(err) {
			l.Log.Warn("cannot remove an image", "fingerprint", fingerprint, "error", err)
			continue
		}
		l.change(func(s *State) {
			s.Fetched = slices.DeleteFunc(slices.Clone(s.Fetched), func(f string) bool { return f == fingerprint })
		})
	}
}
