package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/progress"
	"lxdocker/internal/store"
)

func listCommand() *cobra.Command {
	var dir string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the published images and their versions",
		Example: `  lxdocker list --lxdimages images
  lxdocker list --lxdimages images --json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return command.Usagef("the flag --lxdimages DIR is missing")
			}
			images, err := store.Open(dir, store.WithLog(slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))))
			if err != nil {
				return err
			}
			versions, err := images.Versions()
			if err != nil {
				return err
			}
			slices.SortFunc(versions, newestFirst)
			if asJSON {
				out := json.NewEncoder(cmd.OutOrStdout())
				out.SetIndent("", "  ")
				return out.Encode(append([]store.Version{}, versions...))
			}
			printVersions(cmd.OutOrStdout(), versions, time.Now())
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "lxdimages", "", "`DIR` the images are published in (required)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print everything that is known, as JSON")
	return cmd
}

func newestFirst(a, b store.Version) int {
	if c := strings.Compare(a.Name+"/"+a.Architecture, b.Name+"/"+b.Architecture); c != 0 {
		return c
	}
	return strings.Compare(b.Serial, a.Serial)
}

func printVersions(w io.Writer, versions []store.Version, now time.Time) {
	if len(versions) == 0 {
		fmt.Fprintln(w, "no images yet")
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "IMAGE\tVERSION\tFINGERPRINT\tSIZE\tSTATE\tSOURCE")
	for _, v := range versions {
		fmt.Fprintf(t, "%s/%s\t%s\t%s\t%s\t%s\t%s\n", v.Name, v.Architecture, v.Serial, v.Fingerprint[:12],
			progress.Size(totalSize(v)), state(v, now), v.Source)
		rowForIncus(t, v)
	}
	t.Flush()
}

// state says whether clients get a version, and how long its files will stay.
func state(v store.Version, now time.Time) string {
	if v.Retired == nil {
		return "current"
	}
	left := v.Retired.Add(build.Grace).Sub(now).Round(time.Hour)
	return fmt.Sprintf("leaves in %d h", max(0, int(left.Hours())))
}
