package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
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
			specs, err := load(dir, files)
			if err != nil {
				return err
			}
			host, err := build.HostArchitecture(runtime.GOARCH)
			if err != nil {
				return err
			}
			if err := build.Check(specs, host); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d specs are fine\n", len(specs))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "specs", "", "folder of specs")
	return cmd
}

// load reads a folder, or the files named; the mistakes of all come together.
func load(dir string, files []string) ([]spec.Spec, error) {
	switch {
	case dir == "" && len(files) == 0:
		return nil, usagef("name the specs to check, or their folder with --specs DIR")
	case dir != "":
		return spec.LoadDir(dir, files...)
	}
	var specs []spec.Spec
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
		return nil, mistakes
	}
	return specs, nil
}
