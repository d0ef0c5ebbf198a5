package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/convert"
	"lxdocker/internal/spec"
)

func checkCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "check [SPEC...]",
		Short: "Say what is wrong in specs, without asking any registry",
		Long: `Check specs: every unknown key, wrong type and bad value of every file, with file,
line and column. Nothing is fetched and nothing is built.`,
		Example: `  lxdocker check specs/nginx.yaml
  lxdocker check --specs specs`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if dir == "" && len(files) == 0 {
				return command.Usagef("name the specs to check, or their folder with --specs DIR")
			}
			var specs []spec.Spec
			var err error
			if dir != "" {
				specs, err = spec.LoadDir(dir, files...)
			} else {
				specs, err = loadFiles(files)
			}
			if _, err := jobsOf(specs, err); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "nothing wrong in %d specs\n", len(specs))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "specs", "", "`DIR` of specs")
	return cmd
}

// loadFiles reads the files named; the mistakes of all come together.
func loadFiles(files []string) (specs []spec.Spec, err error) {
	var mistakes spec.Mistakes
	for _, file := range files {
		s, err := spec.Load(file)
		var own spec.Mistakes
		switch {
		case errors.As(err, &own):
			mistakes = append(mistakes, own...)
		case err != nil:
			return nil, err
		default:
			specs = append(specs, s)
		}
	}
	if len(mistakes) > 0 {
		return specs, mistakes
	}
	return specs, nil
}

// jobsOf lists the jobs of specs. What is wrong in the references of the specs that
// could be loaded is added to the mistakes of form that loading found in others, so
// that one run says everything.
func jobsOf(specs []spec.Spec, err error) ([]convert.Job, error) {
	var mistakes, more spec.Mistakes
	if err != nil && !errors.As(err, &mistakes) {
		return nil, err
	}
	host, err := build.HostArchitecture(runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	jobs, err := build.Jobs(specs, host)
	if err != nil && !errors.As(err, &more) {
		return nil, err
	}
	if mistakes = append(mistakes, more...); len(mistakes) > 0 {
		return nil, mistakes
	}
	return jobs, nil
}
