package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
	"lxdocker/internal/progress"
)

// summary says how a run ended: a table, one line of counts, and the failures in full
// if they were not said when they happened.
func (o *conversionOptions) summary(cmd *cobra.Command, results []build.Result) error {
	slices.SortStableFunc(results, func(a, b build.Result) int {
		return a.Product.Compare(b.Product)
	})
	counts := map[progress.Outcome]int{}
	for _, r := range results {
		counts[r.Outcome]++
	}
	if o.json {
		printSummaryEvent(cmd.OutOrStdout(), counts)
	} else {
		if o.unattended(cmd) {
			results = slices.DeleteFunc(results, func(r build.Result) bool { return r.Outcome == progress.Unchanged })
		}
		if len(results) > 0 || !o.unattended(cmd) {
			printTable(cmd.OutOrStdout(), results, counts)
		}
		for _, r := range results {
			if r.Err != nil && !o.told {
				fmt.Fprintf(cmd.ErrOrStderr(), "lxdocker: %s: %v\n", r.Product, r.Err)
			}
		}
	}
	if counts[progress.Failed] > 0 {
		return errSomeFailed
	}
	return nil
}

func printTable(w io.Writer, results []build.Result, counts map[progress.Outcome]int) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(results) > 0 {
		fmt.Fprintln(t, "IMAGE\tVERSION\tFINGERPRINT\tSIZE\tRESULT")
	}
	for _, r := range results {
		version, fingerprint, size := "-", "-", "-"
		if v := r.Version; v.Serial != "" {
			version, fingerprint, size = v.Serial, v.Fingerprint[:12], humanize.Bytes(v.Size())
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", r.Product, version, fingerprint, size, result(r))
		rowForIncus(t, r.Version)
	}
	t.Flush()
	fmt.Fprintf(w, "%d built, %d unchanged, %d failed, %d removed\n",
		counts[progress.Built], counts[progress.Unchanged], counts[progress.Failed], counts[progress.Removed])
}

// result is the last column. A failed image says what clients get meanwhile.
func result(r build.Result) string {
	switch {
	case r.Outcome == progress.Built:
		return fmt.Sprintf("built in %s", r.Elapsed.Round(100*time.Millisecond))
	case r.Outcome == progress.Failed && r.Version.Serial != "":
		return "failed; this version stays"
	case r.Note != "":
		return r.Note
	}
	return string(r.Outcome)
}

// rowForIncus says how Incus shows a version of which it has an image of its own.
func rowForIncus(t io.Writer, v image.Version) {
	if v.TarballFingerprint != "" {
		fmt.Fprintf(t, "  for Incus\t\t%s\n", v.TarballFingerprint[:12])
	}
}

func printSummaryEvent(w io.Writer, counts map[progress.Outcome]int) {
	_ = json.NewEncoder(w).Encode(struct {
		Event     string `json:"event"`
		Built     int    `json:"built"`
		Unchanged int    `json:"unchanged"`
		Failed    int    `json:"failed"`
		Removed   int    `json:"removed"`
	}{"summary", counts[progress.Built], counts[progress.Unchanged], counts[progress.Failed], counts[progress.Removed]})
}
