package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/admin"
	"lxdocker/internal/command"
	"lxdocker/internal/image"
)

func listCommand() *cobra.Command {
	var p published
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the published images and their versions",
		Long: `List the published images and all versions whose files are there:

  current         what clients get
  pinned          what clients get until ` + "`lxdocker unpin`" + `
  kept            still offered, for deltas and for going back
  leaves in 7 h   no longer offered; its files stay until then, for running downloads

Images without a spec, which clients asked for, come last, by their references.`,
		Example: `  lxdocker list --lxdimages images
  lxdocker list --lxdimages images --json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			images, now, err := p.open(cmd)
			if err != nil {
				return err
			}
			versions := slices.SortedFunc(slices.Values(now.List()), newestFirst)
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetIndent("", "  ")
				return out.Encode(append([]image.Version{}, versions...))
			}
			printVersions(cmd.OutOrStdout(), versions, time.Now())
			sayLeftovers(cmd.OutOrStdout(), admin.FindLeftovers(images, now), "are of no use any more: `lxdocker prune` removes them")
			return nil
		},
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print everything as JSON")
	return cmd
}

func printVersions(w io.Writer, versions []image.Version, now time.Time) {
	if len(versions) == 0 {
		fmt.Fprintln(w, "no images yet")
		return
	}
	t := table{said: "STATE" + sources}
	current := image.Current(versions)
	for _, v := range slices.SortedFunc(slices.Values(versions), newestFirst) {
		t.add(v, state(v, v.Serial < current[v.Product()].Serial, now)+"\t"+v.Source)
	}
	t.print(w)
}

// state says whether clients get a version, and how long its files will stay.
func state(v image.Version, older bool, now time.Time) string {
	switch {
	case v.Retired != nil:
		return "leaves in " + hours(*v.Retired, now)
	case older:
		return "kept"
	case v.Pinned != nil:
		return "pinned"
	}
	return "current"
}

// hours is how long the files of a version that was retired at a time will stay.
func hours(retired, now time.Time) string {
	if retired.After(now) {
		retired = now // a clock was wrong; pruning corrects that
	}
	left := retired.Add(image.Grace).Sub(now).Round(time.Hour)
	return fmt.Sprintf("%d h", max(0, int(left.Hours())))
}
