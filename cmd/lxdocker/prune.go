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
	dry bool
}

func pruneCommand() *cobra.Command {
	o := new(pruneOptions)
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "Let go of older versions now, without a run",
		Long: `Let go of older versions: those beyond --keep leave the index now, and their files
a day later, since clients hold an index for an hour and downloads may be slow;
files whose day is over go at once. Every run does the same when it ends, for the
images of specs; prune does it for those that clients asked for, too.

The newest version of an image always stays, and of a pinned one all: prune knows
no specs, so it takes no image away.`,
		Example: `  # what would go?
  lxdocker prune --keep 1 --dry-run --lxdimages images

  # one version of each image, and what was replaced within a week
  lxdocker prune --keep 1 --keep-days 7 --lxdimages images`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.run(cmd) },
	}
	o.registerWriting(cmd)
	o.Register(cmd.Flags())
	cmd.Flags().BoolVar(&o.dry, "dry-run", false, "only say what would go")
	return cmd
}

func (o *pruneOptions) run(cmd *cobra.Command) error {
	retention, err := o.Retention()
	if err != nil {
		return err
	}
	now := time.Now()
	if o.dry {
		_, snapshot, err := o.open(cmd)
		if err == nil {
			printGoing(cmd.OutOrStdout(), admin.PlanPrune(snapshot, retention, now), now, "nothing was changed: this is what would go")
		}
		return err
	}
	return o.locked(cmd, func(images store.Store, _ *store.Snapshot) error {
		pruned, err := admin.Prune(cmd.Context(), images, retention, now)
		if err != nil {
			return err
		}
		var freed int64
		for _, v := range pruned.Removed {
			freed += v.Size()
		}
		printGoing(cmd.OutOrStdout(), pruned, now,
			fmt.Sprintf("%d left the index, the files of %d are gone (%s)", len(pruned.Superseded), len(pruned.Removed), humanize.Bytes(freed)))
		return nil
	})
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
