package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
)

// table has a line for each version, with what is to be said of it. Those of the
// hub come last, below their references, which are too long for a column.
type table struct {
	said string // the name of the last column
	rows []row
}

type row struct {
	version image.Version
	said    string
}

func (t *table) add(v image.Version, said string) { t.rows = append(t.rows, row{v, said}) }

// sources is for a table whose last column but one is the last of the hub's: what
// comes from where is said by their references.
const sources = "\tSOURCE"

func (t *table) print(w io.Writer) {
	hub := slices.DeleteFunc(slices.Clone(t.rows), func(r row) bool { return !r.version.Hub })
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(hub) < len(t.rows) {
		fmt.Fprintf(out, "IMAGE\tVERSION\tFINGERPRINT\tSIZE\t%s\n", t.said)
	}
	for _, r := range t.rows {
		if v := r.version; !v.Hub {
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", v.Title(), v.Serial, v.Fingerprint[:12], humanize.Bytes(v.Size()), r.said)
			rowForIncus(out, v)
		}
	}
	out.Flush()
	if len(hub) > 0 {
		if len(hub) < len(t.rows) {
			fmt.Fprintln(w)
		}
		printHub(w, strings.TrimSuffix(t.said, sources), hub)
	}
}

func printHub(w io.Writer, said string, rows []row) {
	const line = "  %-15s  %-12s  %-8s  %s\n"
	fmt.Fprintln(w, "ON DEMAND")
	fmt.Fprintf(w, line, "VERSION", "FINGERPRINT", "SIZE", said)
	last := ""
	for _, r := range rows {
		v := r.version
		if v.Title() != last {
			last = v.Title()
			fmt.Fprintln(w, last)
		}
		what, _, _ := strings.Cut(r.said, "\t")
		fmt.Fprintf(w, line, v.Serial, v.Fingerprint[:12], humanize.Bytes(v.Size()), what)
		if v.TarballFingerprint != "" {
			fmt.Fprintf(w, "  %-15s  %s\n", "for Incus", v.TarballFingerprint[:12])
		}
	}
}
