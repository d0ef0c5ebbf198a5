package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/settings"
	"lxdocker/internal/spec"
)

// buildOptions are the flags of `lxdocker build`, which is `lxdocker` alone, too.
type buildOptions struct {
	publishingOptions
	specs  string
	noWait bool
}

func buildCommand(use string) *cobra.Command {
	o := new(buildOptions)
	cmd := &cobra.Command{
		Use:  use,
		Args: cobra.ArbitraryArgs,
		Example: `  lxdocker build --specs specs --cache cache --lxdimages images
  lxdocker build --specs specs --cache cache --lxdimages images nginx redis`,
		RunE: func(cmd *cobra.Command, names []string) error { return o.run(cmd, names) },
	}
	f := cmd.Flags()
	f.StringVar(&o.specs, "specs", "", "`DIR` of specs: one YAML file per image (required)")
	f.BoolVar(&o.noWait, "no-wait", false, "fail when another run holds the images folder, instead of waiting for it")
	o.register(cmd)
	return cmd
}

func (o *buildOptions) run(cmd *cobra.Command, names []string) error {
	ctx := cmd.Context()
	if !cmd.HasParent() && len(names) == 0 && !settings.Given(cmd.Flags()) {
		return cmd.Help()
	}
	if err := o.check(cmd, names); err != nil {
		return err
	}
	specs, err := spec.ReadDir(o.specs, names...)
	if err != nil {
		o.noteFailed(cmd, names, err, nil)
		return err
	}
	plan, err := planOf(specs)
	if err != nil {
		return err
	}
	// Somebody who names images is there, and can mend it. A whole run goes on with what
	// is right: nobody's mistake may keep the images of others from being updated.
	if len(names) > 0 || len(plan.Jobs) == 0 {
		if err := plan.Wrong.Err(); err != nil {
			o.noteFailed(cmd, names, errAllWrong, plan.Wrong)
			return err
		}
	}
	b, images, err := o.open(cmd)
	if err != nil {
		return err
	}
	defer b.Display.Close()
	// Two runs on one folder would only do the same work twice.
	waiting := beside(b.Display, cmd.ErrOrStderr())
	if o.unattended(cmd) {
		waiting = io.Discard // it does no harm, and comes by itself
	}
	unlock, err := lock(ctx, images, o.noWait, waiting)
	if err != nil {
		return err
	}
	defer unlock()
	b.Log.Debug("looking at specs", "images", len(plan.Jobs), "specs", o.specs, "cache", o.Cache, "lxdimages", o.images)
	results, err := b.Run(ctx, images, build.Request{Jobs: plan.Jobs, Kept: plan.Kept, Wrong: plan.Wrong, Whole: len(names) == 0})
	b.Display.Close() // nothing is drawn over what follows
	if err != nil && (len(results) == 0 || ctx.Err() != nil) {
		return err
	}
	// Also when the run as a whole failed at its end, people want to know what
	// became of their images.
	err = cmp.Or(err, o.summary(cmd, results))
	if wrong := plan.Wrong.Err(); wrong != nil {
		fmt.Fprintf(cmd.ErrOrStderr(), "%v\nlxdocker: what is published for these specs stays as it is\n", wrong)
		err = cmp.Or(err, errSomeFailed)
	}
	return err
}

// check finds what is wrong with how the program was called.
func (o *buildOptions) check(cmd *cobra.Command, names []string) error {
	missing := o.missing()
	if o.specs == "" {
		missing = append([]string{"--specs"}, missing...)
	}
	if !cmd.HasParent() && len(names) > 0 {
		if err := o.unknown(cmd, names[0], len(missing) == 3); err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		return missingFlags(missing...)
	}
	return folderOfSpecs(o.specs)
}

// unknown says that a word is no command, if it is not the name of a spec either: that
// is what it is where there are flags, and where there are none somebody has mistyped it.
func (o *buildOptions) unknown(cmd *cobra.Command, word string, alone bool) error {
	if alone {
		otherwise := "to convert an image without a spec, say lxdocker convert " + word + " -o DIR"
		if isFolder(word) {
			otherwise = "the folder of specs is named with --specs " + word
		}
		return command.Unknown(cmd, word, otherwise)
	}
	for _, ending := range []string{".yaml", ".yml"} {
		if _, err := os.Stat(filepath.Join(o.specs, word+ending)); err == nil {
			return nil
		}
	}
	if command.Near(cmd, word) == "" {
		return nil
	}
	return command.Unknown(cmd, word, "")
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// folderOfSpecs refuses a file.
func folderOfSpecs(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.Mode().IsRegular() {
		return command.Usagef("--specs %s: that is a file, not a folder of specs; `lxdocker check %[1]s` checks one", dir)
	}
	return nil
}
