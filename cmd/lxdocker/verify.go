package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"lxdocker/internal/admin"
	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

func verifyCommand() *cobra.Command {
	var p published
	var asJSON, quiet, repair bool
	cmd := &cobra.Command{
		Use:   "verify [NAME...]",
		Short: "Read all published files and compare them with their hashes",
		Long: `Read every file of every version, including those that are about to leave, and compare
it with the hash it was published with. Daemons do the same with what they download,
and refuse what is damaged; verify tells you first.

With --repair, versions that are damaged are removed, and so are folders that should be
versions and are none. What was current is made anew by the next run, or when a client
asks for it; until then clients get the version before it, if that was kept.

It exits with 1 if anything is wrong, with --repair only if it still is.`,
		Example: `  lxdocker verify --lxdimages images
  lxdocker verify --lxdimages images nginx redis
  lxdocker verify --lxdimages images --repair
  lxdocker verify --lxdimages images --json`,
		RunE: func(cmd *cobra.Command, names []string) error {
			images, _, err := p.open(cmd)
			if err != nil {
				return err
			}
			for i := range names {
				if names[i], err = named(names[i]); err != nil {
					return err
				}
			}
			if err := admin.Check(cmd.Context(), images, names...); err != nil {
				return err
			}
			now, err := images.Versions(cmd.Context())
			if err != nil {
				return err
			}
			versions, faults, err := admin.Select(now, names...)
			if err != nil {
				return err
			}
			r := &report{Folder: p.dir, Faults: faults}
			display := progress.Discard()
			if bars, ok := barsOn(cmd.ErrOrStderr()); ok && !asJSON && !quiet {
				display = bars
			}
			r.verify(cmd.Context(), images, versions, display)
			if repair && cmd.Context().Err() == nil {
				r.repair(cmd.Context(), images)
			}
			display.Close()
			switch err := cmd.Context().Err(); {
			case err != nil:
				return err
			case asJSON:
				return errors.Join(r.printJSON(cmd.OutOrStdout()), r.verdict())
			}
			r.print(cmd.OutOrStdout(), cmd.ErrOrStderr(), quiet)
			return r.verdict()
		},
	}
	p.register(cmd)
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "show no progress, and say only what is wrong")
	cmd.Flags().BoolVar(&repair, "repair", false, "remove damaged versions, so that they are built again")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// report is what verify found.
type report struct {
	Folder   string        `json:"folder"`
	Versions []verified    `json:"versions"`
	Faults   []store.Fault `json:"faults"` // folders that no version can be read from
	Removed  []string      `json:"removed,omitempty"`

	failures []error // of removing
}

type verified struct {
	Name         string `json:"name"`
	Architecture string `json:"architecture"`
	Serial       string `json:"serial"`
	Bytes        int64  `json:"bytes"`
	Error        string `json:"error,omitempty"` // a line for everything that is wrong
	damaged      bool   // and not only unreadable

	version image.Version
}

// verify reads versions, and shows how far it is: of all, and of the one that it reads.
func (r *report) verify(ctx context.Context, images store.Store, versions []image.Version, display progress.Display) {
	var bytes int64
	for _, v := range versions {
		bytes += v.Size()
	}
	all := display.Task(fmt.Sprintf("all %d versions", len(versions)))
	all.Step(progress.Verifying, bytes)
	var one progress.Task
	begin := func(v image.Version) {
		one = display.Task(v.Title() + " " + v.Serial)
		one.Step(progress.Verifying, v.Size())
	}
	read := func(n int64) {
		all.Add(n)
		one.Add(n)
	}
	for v, err := range admin.Verify(ctx, images, versions, begin, read) {
		c := verified{Name: v.Name, Architecture: v.Architecture, Serial: v.Serial, Bytes: v.Size(), version: v}
		outcome := progress.Unchanged
		if err != nil {
			outcome, c.Error, c.damaged = progress.Failed, err.Error(), errors.Is(err, store.ErrDamaged)
		}
		one.End(outcome, c.Error)
		r.Versions = append(r.Versions, c)
	}
}

// repair removes what is damaged.
func (r *report) repair(ctx context.Context, images store.Store) {
	var damaged []image.ID
	for _, c := range r.Versions {
		if c.damaged {
			damaged = append(damaged, c.version.ID())
		}
	}
	for _, f := range r.Faults {
		if id, ok := image.ParseDir(f.Folder); ok {
			damaged = append(damaged, id)
		}
	}
	var err error
	r.Removed, err = admin.Remove(ctx, images, damaged)
	if err != nil {
		r.failures = append(r.failures, err)
	}
}

func (r *report) print(out, stderr io.Writer, quiet bool) {
	t := table{said: "RESULT"}
	var bytes int64
	for _, c := range r.Versions {
		bytes += c.Bytes
		result := "right"
		if c.Error != "" {
			result = "damaged"
			fmt.Fprintln(stderr, "lxdocker:", strings.ReplaceAll(c.Error, "\n", "\nlxdocker: "))
		}
		t.add(c.version, result)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(stderr, "lxdocker: %s is not offered: %s\n", f.Folder, f.Error)
	}
	if !quiet {
		t.print(out)
	}
	for _, folder := range r.Removed {
		fmt.Fprintf(out, "removed %s\n", folder)
	}
	if quiet {
		return
	}
	fmt.Fprintf(out, "%d versions verified (%s), %d damaged\n", len(r.Versions), humanize.Bytes(bytes), r.damaged())
}

func (r *report) printJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(report{Folder: r.Folder, Versions: append([]verified{}, r.Versions...), Faults: append([]store.Fault{}, r.Faults...), Removed: r.Removed})
}

func (r *report) damaged() int {
	n := len(r.Faults)
	for _, c := range r.Versions {
		if c.Error != "" {
			n++
		}
	}
	return n
}

// verdict is an error if anything is wrong, and says what to do.
func (r *report) verdict() error {
	n := r.damaged() - len(r.Removed)
	switch {
	case len(r.failures) > 0:
		return errors.Join(r.failures...)
	case n == 0:
		return nil
	case len(r.Removed) > 0:
		return fmt.Errorf("%d versions cannot be read, and were not removed, as their files may be right. Is the disk all right?", n)
	case n == 1:
		return errors.New("one version is damaged: `lxdocker verify --repair` removes it; if it was the current one, the next run builds the image again")
	}
	return fmt.Errorf("%d versions are damaged: `lxdocker verify --repair` removes them; the next run builds those again that were current. Is the disk all right?", n)
}
