package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

func verifyCommand() *cobra.Command {
	var p published
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [NAME...]",
		Short: "Read all published files and compare them with their hashes",
		Long: `Read every file of every version, also of those that are about to leave, and
compare it with the hash that it was published with. Daemons do the same with what
they download, and refuse what is damaged; verify tells you before they do.

It exits with 1 if anything is wrong.`,
		Example: `  lxdocker verify --lxdimages images
  lxdocker verify --lxdimages images nginx redis
  lxdocker verify --lxdimages images --json`,
		RunE: func(cmd *cobra.Command, names []string) error {
			images, versions, err := p.open(cmd)
			if err != nil {
				return err
			}
			r := &report{}
			if err := r.choose(cmd.Context(), images, versions, names); err != nil {
				return err
			}
			if err := r.verify(cmd.Context(), images, watchOn(cmd.ErrOrStderr(), asJSON)); err != nil {
				return err
			}
			if asJSON {
				return errors.Join(r.printJSON(cmd.OutOrStdout()), r.verdict())
			}
			r.print(cmd.OutOrStdout(), cmd.ErrOrStderr())
			return r.verdict()
		},
	}
	p.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// report is what verify found.
type report struct {
	Versions []verified    `json:"versions"`
	Faults   []store.Fault `json:"faults"` // folders that no version can be read from
}

type verified struct {
	Name         string `json:"name"`
	Architecture string `json:"architecture"`
	Serial       string `json:"serial"`
	Bytes        int64  `json:"bytes"`
	Error        string `json:"error,omitempty"` // a line for everything that is wrong

	version image.Version
}

// choose says what to verify: all, or what people call by these names.
func (r *report) choose(ctx context.Context, images store.Store, versions []image.Version, names []string) error {
	now, err := images.Versions(ctx)
	if err != nil {
		return err
	}
	r.Faults = now.Faults()
	if len(names) > 0 {
		all, faults := versions, r.Faults
		versions, r.Faults = nil, nil
		for _, name := range names {
			damaged := slices.DeleteFunc(slices.Clone(faults), func(f store.Fault) bool { return !strings.HasPrefix(f.Folder, "images/"+name+"/") })
			products, err := find(all, name, "")
			if err != nil && len(damaged) == 0 {
				return err
			}
			versions, r.Faults = append(versions, slices.Concat(products...)...), append(r.Faults, damaged...)
		}
	}
	for _, v := range slices.SortedFunc(slices.Values(versions), newestFirst) {
		r.Versions = append(r.Versions, verified{Name: v.Name, Architecture: v.Architecture, Serial: v.Serial, Bytes: totalSize(v), version: v})
	}
	return nil
}

// verify reads what was chosen. What is pruned meanwhile is not damaged.
func (r *report) verify(ctx context.Context, images store.Store, watch func(string, int64, int64)) error {
	var all, read int64
	for _, c := range r.Versions {
		all += c.Bytes
	}
	for i := range r.Versions {
		c := &r.Versions[i]
		what := title(c.version) + " " + c.Serial
		err := store.Verify(ctx, images, c.version, func(n int64) {
			read += n
			watch(what, read, all)
		})
		if ctx.Err() != nil {
			watch("", 0, 0)
			return err
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.Error = err.Error()
		}
	}
	watch("", 0, 0)
	return nil
}

// watchOn draws how far the reading is, on a terminal. No bytes of none end it.
func watchOn(w io.Writer, quiet bool) func(what string, read, all int64) {
	f, ok := w.(*os.File)
	if quiet || !ok || !term.IsTerminal(int(f.Fd())) {
		return func(string, int64, int64) {}
	}
	var last time.Time
	return func(what string, read, all int64) {
		switch now := time.Now(); {
		case all == 0:
			fmt.Fprint(f, "\r\033[K")
		case now.Sub(last) > 100*time.Millisecond:
			last = now
			line := fmt.Sprintf("%3d%% of %s  %s", 100*min(read, all)/all, humanize.Bytes(all), what)
			if columns, _, err := term.GetSize(int(f.Fd())); err == nil && len(line) >= columns {
				line = line[:max(columns-1, 0)]
			}
			fmt.Fprint(f, "\r\033[K"+line)
		}
	}
}

func (r *report) print(out, stderr io.Writer) {
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
	t.print(out)
	fmt.Fprintf(out, "%d versions verified (%s), %d damaged\n", len(r.Versions), humanize.Bytes(bytes), r.damaged())
}

func (r *report) printJSON(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	return out.Encode(report{append([]verified{}, r.Versions...), append([]store.Fault{}, r.Faults...)})
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
	switch n := r.damaged(); n {
	case 0:
		return nil
	case 1:
		return errors.New("one version is damaged: remove its folder; if it was the current one, the next run makes the image anew")
	default:
		return fmt.Errorf("%d versions are damaged: remove their folders; those that were current the next run makes anew. Is the disk all right?", n)
	}
}
