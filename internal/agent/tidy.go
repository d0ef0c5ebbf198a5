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
// is of them, they are no longer the newest, and nobody has named them. A daemon would keep
// them for ever.
func (l *look) tidy(ctx context.Context) {
	all, err := l.fleet.Instances(ctx)
	if err != nil {
		return // the next look does it
	}
	images, err := l.fleet.Images(ctx)
	if err != nil {
		return
	}
	used := map[string]bool{}
	for _, i := range all {
		used[i.Config["volatile.base_image"]] = true
	}
	for _, i := range images {
		used[i.Fingerprint] = used[i.Fingerprint] || len(i.Aliases) > 0
	}
	for _, e := range l.State.Instances {
		used[e.Available] = true // also if nobody could say this time
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
