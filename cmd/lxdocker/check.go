package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/settings"
	"lxdocker/internal/spec"
)

func checkCommand() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "check [SPEC...]",
		Short: "Report mistakes in specs, without asking any registry",
		Long: `Report every unknown key, wrong type and bad value in all specs, with file, line and
column. Nothing is fetched or built.`,
		Example: `  lxdocker check specs/nginx.yaml
  lxdocker check --specs specs`,
		RunE: func(cmd *cobra.Command, files []string) error {
			if len(files) > 0 && settings.OriginOf(cmd.Flags(), "specs").Flag == "" {
				dir = "" // files are named; the folder that is set up is of others
			}
			if dir == "" && len(files) == 0 {
				return command.Usagef("name the specs to check, or their folder with --specs DIR")
			}
			for _, file := range files {
				if isFolder(file) && dir == "" {
					return command.Usagef("%s is a folder: say --specs %[1]s", file)
				}
			}
			if err := folderOfSpecs(dir); err != nil {
				return err
			}
			read := func() (spec.Set, error) { return spec.ReadFiles(files...) }
			if dir != "" {
				read = func() (spec.Set, error) { return spec.ReadDir(dir, files...) }
			}
			specs, err := read()
			if err != nil {
				return err
			}
			plan, err := planOf(specs)
			if err != nil {
				return err
			}
			if err := plan.Wrong.Err(); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "nothing wrong in %d specs\n", len(specs.Specs))
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "specs", "", "`DIR` of specs")
	return cmd
}

// planOf is what specs ask for here.
func planOf(specs spec.Set) (build.Plan, error) {
	host, err := build.HostArchitecture(runtime.GOARCH)
	if err != nil {
		return build.Plan{}, err
	}
	return build.NewPlan(specs, host), nil
}
