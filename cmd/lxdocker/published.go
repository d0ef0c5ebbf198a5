package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
)

// published holds the flags of commands that work on what is published.
type published struct {
	dir    string
	noWait bool
}

func (p *published) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.dir, "lxdimages", "", "`DIR` that images are published to (required)")
}

// registerWriting is register for a command that changes something.
func (p *published) registerWriting(cmd *cobra.Command) {
	p.register(cmd)
	cmd.Flags().BoolVar(&p.noWait, "no-wait", false, "fail when a run holds the images folder, instead of waiting for it")
}

// open opens the images folder, which has to be there.
func (p *published) open(cmd *cobra.Command) (store.Store, *store.Snapshot, error) {
	if p.dir == "" {
		return nil, nil, missingFlags("--lxdimages")
	}
	if !said(cmd, "json") && !said(cmd, "quiet") {
		sayWhere(cmd, cmd.ErrOrStderr(), p.dir)
	}
	images, err := dir.Open(p.dir, dir.WithLog(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))))
	if err != nil {
		return nil, nil, err
	}
	now, err := images.Versions(cmd.Context())
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w: run this as the user who runs lxdocker or imgserver (sudo -u), or as root", err)
	}
	return images, now, err
}

// said tells whether a command has a flag, and somebody wants it.
func said(cmd *cobra.Command, flag string) bool {
	wanted, err := cmd.Flags().GetBool(flag)
	return err == nil && wanted
}

// locked opens the images folder and runs f while no run works on it.
func (p *published) locked(cmd *cobra.Command, f func(store.Store, *store.Snapshot) error) error {
	images, _, err := p.open(cmd)
	if err != nil {
		return err
	}
	unlock, err := lock(cmd.Context(), images, p.noWait, cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	defer unlock()
	now, err := images.Versions(cmd.Context()) // the run may have changed them
	if err != nil {
		return err
	}
	return f(images, now)
}

// lock takes the store for a run. A second one waits, and says for whom.
func lock(ctx context.Context, images store.Store, noWait bool, stderr io.Writer) (func(), error) {
	if noWait {
		return images.TryLock(ctx)
	}
	return store.Lock(ctx, images, func(l *store.LockedError) {
		fmt.Fprintf(stderr, "lxdocker: waiting for %s, which works on %s\n", l.Holder, l.Store)
	})
}

// newestFirst sorts versions by what they are of, and the newest first.
func newestFirst(a, b image.Version) int {
	return cmp.Or(a.Product().Compare(b.Product()), strings.Compare(b.Serial, a.Serial))
}
