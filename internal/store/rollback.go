package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lxdocker/internal/image"
)

// Rollback makes an older version of a product, listed or retired, the current
// one: it takes over its files, which reads them to the last byte, and publishes them
// once more, as a new version, since clients take the newest. A delta stays behind; it was for those who had what came
// before. Undone of the new version says what was taken back, so that the next run
// does not build it again.
//
// It is fs.ErrNotExist if the version is gone, and an error if clients get the same
// image already.
func Rollback(ctx context.Context, s Store, v image.Version) (image.Version, error) {
	fresh, err := rollback(ctx, s, v)
	if err != nil {
		return image.Version{}, fmt.Errorf("going back to %.100s %.100s: %w", v.Name, v.Serial, err)
	}
	return fresh, nil
}

func rollback(ctx context.Context, s Store, v image.Version) (image.Version, error) {
	if err := v.Check(); err != nil {
		return v, err
	}
	now, err := s.Versions(ctx)
	if err != nil {
		return v, err
	}
	current, _ := now.Current(v.Product())
	if current.SameImage(v) {
		return v, fmt.Errorf("clients get this image already, as version %s", current.Serial)
	}
	draft, err := s.Draft(ctx)
	if err != nil {
		return v, err
	}
	defer draft.Discard()
	for _, f := range image.Without(v.Files, image.Delta) {
		if err := draft.Take(ctx, v, f.Kind); err != nil {
			return v, err
		}
	}
	if described, err := s.Describe(ctx, v.ID()); err == nil {
		v.Runs = described.Runs
	}
	v.Undone, v.Created = undone(current, v.Key), time.Time{}
	return draft.Publish(ctx, v)
}

// undone lists the keys that a rollback from current to the key back takes back.
func undone(current image.Version, back string) []string {
	keys := slices.Sorted(slices.Values(append([]string{current.Key}, current.Undone...)))
	return slices.DeleteFunc(slices.Compact(keys), func(k string) bool { return k == "" || k == back })
}
