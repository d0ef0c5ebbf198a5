package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lxdocker/internal/build"
	"lxdocker/internal/config"
	"lxdocker/internal/progress"
)

// conversionOptions are what every command has that converts.
type conversionOptions struct {
	config.ConvertFlags
	json    bool
	verbose bool
}

func (o *conversionOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	o.Register(f)
	f.BoolVar(&o.json, "json", false, "print events, one JSON object per line")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log what is done, and why")
}

// builder makes the conductor these flags describe, and tells for which OCI
// architecture it builds where a spec names none.
func (o *conversionOptions) builder(cmd *cobra.Command) (*build.Builder, string, error) {
	display := o.display(cmd)
	return o.Builder(display, o.logger(beside(display, cmd.ErrOrStderr())))
}

// beside is where words for people go while progress is shown on stderr: they must
// not end up in the middle of its picture.
func beside(display progress.Display, stderr io.Writer) io.Writer {
	if w, ok := display.(io.Writer); ok {
		return w
	}
	return stderr
}

func (o *conversionOptions) logger(w io.Writer) *slog.Logger {
	level := slog.LevelWarn
	if o.verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// display chooses the form of progress: events if asked for, bars on a
// terminal, lines elsewhere.
func (o *conversionOptions) display(cmd *cobra.Command) progress.Display {
	if o.json {
		return progress.NewEvents(cmd.OutOrStdout())
	}
	if bars, ok := barsOn(cmd.ErrOrStderr()); ok {
		return bars
	}
	return progress.NewLines(cmd.ErrOrStderr())
}

// barsOn shows progress on a terminal. It is false if w is none.
func barsOn(w io.Writer) (display progress.Display, ok bool) {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, false
	}
	return progress.NewBars(f, func() (columns, lines int) {
		columns, lines, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, lines
	}), true
}
