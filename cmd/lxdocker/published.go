package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lxdocker/internal/command"
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
	cmd.Flags().StringVar(&p.dir, "lxdimages", "", "`DIR` the images are published in (required)")
}

// registerWriting is register for a command that changes something.
func (p *published) registerWriting(cmd *cobra.Command) {
	p.register(cmd)
	cmd.Flags().BoolVar(&p.noWait, "no-wait", false, "fail when a run holds the images folder, instead of waiting for it")
}

// open opens the images folder, which has to be there, and lists it.
func (p *published) open(cmd *cobra.Command) (store.Store, []image.Version, error) {
	if p.dir == "" {
		return nil, nil, command.Usagef("the flag --lxdimages DIR is missing")
	}
	images, err := dir.Open(p.dir, dir.WithLog(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))))
	if err != nil {
		return nil, nil, err
	}
	now, err := images.Versions(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	return images, slices.Clone(now.List()), nil
}

// alone opens the images folder and runs f while no run works on it.
func (p *published) alone(cmd *cobra.Command, f func(store.Store, []image.Version) error) error {
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
	return f(images, now.List())
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

// title is what people call a version's image. One of the hub has no name of its own.
func title(v image.Version) string {
	if v.Hub {
		return v.Source + "/" + v.Architecture
	}
	return v.Name + "/" + v.Architecture
}

// find lists the versions of the images that people call name: by the name of
// their spec or, for those of the hub, by one of the ways to write their
// reference. arch may be "", for all. Each product's are together, the newest first.
func find(versions []image.Version, name, arch string) ([][]image.Version, error) {
	called := func(is func(image.Version) bool) (products [][]image.Version) {
		found := slices.DeleteFunc(slices.Clone(versions), func(v image.Version) bool { return !is(v) || arch != "" && v.Architecture != arch })
		slices.SortFunc(found, newestFirst)
		for _, v := range found {
			last := len(products) - 1
			if last < 0 || products[last][0].Name != v.Name || products[last][0].Architecture != v.Architecture {
				products = append(products, nil)
				last++
			}
			products[last] = append(products[last], v)
		}
		return products
	}
	products := called(func(v image.Version) bool { return v.Name == name })
	if len(products) == 0 {
		products = called(func(v image.Version) bool { return v.Hub && slices.Contains(v.Aliases, name) })
	}
	if len(products) > 0 {
		return products, nil
	}
	if arch != "" {
		return nil, fmt.Errorf("there is no image %s for %s: `lxdocker list` shows what there is", name, arch)
	}
	return nil, fmt.Errorf("there is no image %s: `lxdocker list` shows what there is", name)
}

// findOne is find for a command that wants one product.
func findOne(versions []image.Version, name, arch string) ([]image.Version, error) {
	products, err := find(versions, name, arch)
	if err != nil {
		return nil, err
	}
	if len(products) > 1 {
		var archs []string
		for _, p := range products {
			archs = append(archs, p[0].Architecture)
		}
		return nil, command.Usagef("%s is there for %s: name one with --architecture", name, strings.Join(archs, " and "))
	}
	return products[0], nil
}

// current is what clients get of a product, if anything.
func current(newestFirst []image.Version) (image.Version, bool) {
	i := slices.IndexFunc(newestFirst, func(v image.Version) bool { return v.Retired == nil })
	if i < 0 {
		return image.Version{}, false
	}
	return newestFirst[i], true
}

func newestFirst(a, b image.Version) int {
	if c := strings.Compare(a.Name+"/"+a.Architecture, b.Name+"/"+b.Architecture); c != 0 {
		return c
	}
	return strings.Compare(b.Serial, a.Serial)
}
