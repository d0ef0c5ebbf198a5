package main

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/admin"
	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/humanize"
	"lxdocker/internal/store"
)

type pruneOptions struct {
	published
	config.RetentionFlags
	dry   bool
	quiet bool
}

func pruneCommand() *cobra.Command {
	o := new(pruneOptions)
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Remove older versions now, without a run",
		Long: `Remove older versions: those beyond --keep leave the index now, and their files are
deleted a day later, because clients keep an index for an hour and downloads may be
slow; files whose day is over are deleted at once. Every run does the same when it
ends, for images of specs; prune also does it for images that clients asked for.

It also removes what the first lxdocker left in the folder, NAME-SHA256.rootfs and
NAME.meta, once there are images of this one.

The newest version of an image always stays, and so do all versions of a pinned one:
prune does not read specs, so it never removes an image entirely.`,
		Example: `  # what would be removed?
  lxdocker prune --keep 1 --dry-run --lxdimages images

  # keep one version of each image, and those replaced within a week
  lxdocker prune --keep 1 --keep-days 7 --lxdimages images`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.registerWriting(cmd)
	o.Register(cmd.Flags())
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "say nothing if nothing goes")
	cmd.Flags().BoolVar(&o.dry, "dry-run", false, "only print what would be removed")
	return cmd
}

func (o *pruneOptions) run(cmd *cobra.Command) error {
	retention, now := o.Retention(), time.Now()
	if o.dry {
		images, snapshot, err := o.open(cmd)
		if err == nil {
			o.print(cmd.OutOrStdout(), admin.PlanPrune(snapshot, retention, now), now, "nothing was changed: this is what would go")
			sayLeftovers(cmd.OutOrStdout(), admin.FindLeftovers(images, snapshot), "would go, too")
		}
		return err
	}
	return o.locked(cmd, func(images store.Store, snapshot *store.Snapshot) error {
		pruned, err := admin.Prune(cmd.Context(), images, retention, now)
		if err != nil {
			return err
		}
		left, err := images.Versions(cmd.Context())
		if err != nil {
			return err
		}
		o.print(cmd.OutOrStdout(), pruned, now,
			fmt.Sprintf("%d left the index, the files of %d are gone (%s)", len(pruned.Superseded), len(pruned.Removed), humanize.Bytes(pruned.Freed(left))))
		old := admin.FindLeftovers(images, snapshot)
		if err := old.Remove(); err != nil {
			return err
		}
		sayLeftovers(cmd.OutOrStdout(), old, "are gone")
		return nil
	})
}

func sayLeftovers(w io.Writer, left admin.Leftovers, what string) {
	if left.Files > 0 {
		fmt.Fprintf(w, "%d files of the first lxdocker (%s) %s\n", left.Files, humanize.Bytes(left.Bytes), what)
	}
}

func (o *pruneOptions) print(w io.Writer, p admin.Pruned, now time.Time, end string) {
	if o.quiet && len(p.Superseded)+len(p.Removed) == 0 {
		return
	}
	printGoing(w, p, now, end)
}

// printGoing says what leaves the index and whose files go, and when.
func printGoing(w io.Writer, p admin.Pruned, now time.Time, end string) {
	t := table{said: "WHAT GOES"}
	for _, v := range p.Superseded {
		t.add(v, "entry; files in "+hours(now, now))
	}
	for _, v := range p.Removed {
		t.add(v, "files")
	}
	for _, v := range p.Waiting {
		t.add(v, "files in "+hours(*v.Retired, now))
	}
	if len(t.rows) == 0 {
		fmt.Fprintln(w, "nothing is to go")
		return
	}
	slices.SortFunc(t.rows, func(a, b row) int { return newestFirst(a.version, b.version) })
	t.print(w)
	fmt.Fprintln(w, end)
}
