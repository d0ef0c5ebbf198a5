package main

import (
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/runs"
	"lxdocker/internal/spec/diag"
	"lxdocker/internal/store/dir"
)

// errAllWrong is what a run comes to that has no spec to begin with.
var errAllWrong = errors.New("no spec is right")

// noteFailed notes for `lxdocker status` that a run on all specs could not begin. Where
// nothing was published yet, there is no place for it.
func (o *buildOptions) noteFailed(cmd *cobra.Command, names []string, err error, wrong diag.Diagnostics) {
	if len(names) > 0 {
		return // who names images is there, and reads why
	}
	if info, e := os.Stat(o.images); e != nil || !info.IsDir() {
		return
	}
	images, e := dir.Open(o.images)
	if e != nil {
		return
	}
	build.NoteFailed(cmd.Context(), runs.New(images, "lxdocker", time.Now, slog.New(slog.DiscardHandler)), err, wrong)
}
