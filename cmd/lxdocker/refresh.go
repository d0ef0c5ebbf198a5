package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
	"lxdocker/internal/store/dir"
)

// refreshOptions are the flags of `lxdocker refresh`.
type refreshOptions struct{ publishingOptions }

func refreshCommand() *cobra.Command {
	o := new(refreshOptions)
	cmd := &cobra.Command{
		Use:   "refresh [NAME...]",
		Short: "Look now whether the tags of images on demand have moved",
		Long: `Ask the registries what the references of images on demand mean now, and convert those
that mean something new; all of them, or those that are named. An imgserver on the same
folder offers the result at once, and need not run.

imgserver looks by itself every hour (--every), and when somebody launches an instance.
Give refresh the same --imageformat, --compression, --busybox, --keep and
--on-demand-logins as imgserver.`,
		Example: `  lxdocker refresh --cache cache --lxdimages images
  lxdocker refresh --cache cache --lxdimages images nginx ghcr.io/owner/name:tag`,
		RunE: func(cmd *cobra.Command, names []string) error { return o.run(cmd, names) },
	}
	o.RegisterLogins(cmd.Flags())
	o.register(cmd)
	return cmd
}

func (o *refreshOptions) run(cmd *cobra.Command, names []string) error {
	if missing := o.missing(); len(missing) > 0 {
		return missingFlags(missing...)
	}
	published, err := dir.Open(o.images)
	if err != nil {
		return err
	}
	now, err := published.Versions(cmd.Context())
	if err != nil {
		return err
	}
	versions, err := onDemand(now, names)
	if err != nil {
		return err
	}
	demands := build.Demands(versions)
	o.Named = build.Hosts(demands) // whoever calls this asks for them
	b, images, err := o.open(cmd)
	if err != nil {
		return err
	}
	defer b.Display.Close()
	if len(names) == 0 && anyOfSpecs(now) && !o.unattended(cmd) {
		fmt.Fprintln(beside(b.Display, cmd.ErrOrStderr()), "only images on demand are looked at; `lxdocker build` looks at those of specs")
	}
	results, err := b.Refresh(cmd.Context(), images, demands)
	b.Display.Close() // nothing is drawn over what follows
	if cmd.Context().Err() != nil {
		return err
	}
	return cmp.Or(err, o.summary(cmd, results))
}

// onDemand lists what clients get of the images on demand that people call by these
// names, or of all if there are none.
func onDemand(now *store.Snapshot, names []string) (all []image.Version, err error) {
	if len(names) == 0 {
		for _, p := range now.Products() {
			if v, ok := now.Current(p); ok && v.Hub {
				all = append(all, v)
			}
		}
		return all, nil
	}
	for _, name := range names {
		found, err := find(now, name, "")
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			v, ok := h.Current()
			switch {
			case ok && !v.Hub:
				return nil, fmt.Errorf("%s is the image of a spec: `lxdocker build %s` looks at its tag", name, name)
			case ok:
				all = append(all, v)
			}
		}
	}
	return all, nil
}

// anyOfSpecs says whether there are images that a refresh is not about.
func anyOfSpecs(now *store.Snapshot) bool {
	return slices.ContainsFunc(now.Products(), func(p image.Product) bool {
		v, ok := now.Current(p)
		return ok && !v.Hub
	})
}
