package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/progress"
	"lxdocker/internal/terminal"
)

// conversionOptions are what every command has that converts.
type conversionOptions struct {
	config.ConvertFlags
	json    bool
	verbose bool
	quiet   bool
	told    bool // the display says why an image failed, when it does
}

func (o *conversionOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	o.Register(f)
	f.BoolVar(&o.json, "json", false, "print events, one JSON object per line")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "log what is done, and why")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "show no progress, and say only what is new and what failed")
}

// unattended says whether nobody wants to read that nothing is new: nobody sits at a
// terminal, or somebody has said so.
func (o *conversionOptions) unattended(cmd *cobra.Command) bool {
	if cmd.Flags().Changed("quiet") {
		return o.quiet
	}
	return !o.verbose && !onTerminal(cmd.OutOrStdout()) && !onTerminal(cmd.ErrOrStderr())
}

// builder makes the conductor these flags describe, and tells for which OCI
// architecture it builds where a spec names none.
func (o *conversionOptions) builder(cmd *cobra.Command) (*build.Builder, string, error) {
	if o.quiet && o.verbose {
		return nil, "", command.Usagef("--quiet and --verbose are the opposite of each other")
	}
	display := o.display(cmd)
	return o.Builder(display, o.logger(beside(display, cmd.ErrOrStderr())))
}

// beside is where words for people go while progress is shown on stderr: they must
// not end up in the middle of its picture.
func beside(display progress.Display, stderr io.Writer) io.Writer {
	if w, ok := display.(io.Writer); ok {
		return terminal.NewWriter(w)
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

// display chooses the form of progress: events if asked for, none if that was asked
// for, bars on a terminal, lines elsewhere.
func (o *conversionOptions) display(cmd *cobra.Command) progress.Display {
	if o.json {
		return progress.NewEvents(cmd.OutOrStdout())
	}
	if o.quiet {
		return progress.Discard()
	}
	if bars, ok := barsOn(cmd.ErrOrStderr()); ok {
		return bars
	}
	o.told = true
	return progress.NewLines(cmd.ErrOrStderr())
}

func onTerminal(w io.Writer) bool {
	f, ok := terminal.Below(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// barsOn shows progress on a terminal. It is false if w is none.
func barsOn(w io.Writer) (display progress.Display, ok bool) {
	f, ok := terminal.Below(w).(*os.File)
	if !ok || !onTerminal(w) {
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
