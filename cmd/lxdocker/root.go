package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/terminal"
	"lxdocker/internal/version"
)

const about = `lxdocker turns OCI (Docker) images into LXD and Incus container images.

Put one YAML file per image into a folder, run lxdocker on it (by cron, for example),
and serve the result with imgserver. ` + "`lxc launch hub:nginx`" + ` then gives an ordinary
container of the newest image.

A run that nobody watches, as under cron, prints what is new and what failed, and
nothing if that is nothing.

` + config.Precedence + `
"lxdocker config show" prints what counts, and where it is said.

Exit codes: 0 success, 1 the run failed, 2 wrong usage or settings, or no spec that is right,
3 some images failed, or some specs are wrong (the others are published), or status found
something that needs a person, 130 interrupted.`

const examples = `  # convert every spec, and remove images that have no spec any more
  echo 'image: nginx' > specs/nginx.yaml
  lxdocker --specs specs --cache cache --lxdimages images

  # only these two
  lxdocker build --specs specs --cache cache --lxdimages images nginx redis

  # one image, without specs and without a server
  lxdocker convert ghcr.io/owner/name:tag -o out
  lxc image import out/lxd.tar.xz out/rootfs.squashfs --alias name

  # check specs, and list what is published
  lxdocker check specs/*.yaml
  lxdocker list --lxdimages images

  # is all well? What failed, why, and what to do
  lxdocker status --lxdimages images

  # the newest nginx does not work: go back to the previous one
  lxdocker rollback nginx previous --lxdimages images`

// execute runs the program once.
func execute(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	// Output may quote registries, specs and images, whatever prints it.
	stdout, stderr = terminal.NewWriter(stdout), terminal.NewWriter(stderr)
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	return exitCode(ctx, config.Explain(cmd, err), stderr)
}

// newRoot makes the whole command line. Without a command it builds, as
// lxdocker always did.
func newRoot() *cobra.Command {
	root := buildCommand("lxdocker [NAME...]")
	root.Short = "Turn OCI images into LXD and Incus images"
	root.Long = about
	root.Example = examples
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Version = version.String()

	build := buildCommand("build [NAME...]")
	build.Short = "Convert the images of the specs (the same as no command)"
	said := &config.Program{Commands: commandsWithSettings}
	said.Register(root)
	root.AddCommand(configCommand(said), build, convertCommand(),
		runCommand(), psCommand(), logsCommand(), stopCommand(), startCommand(), restartCommand(), rmCommand(), updateCommand(), revertCommand(), agentCommand(said),
		refreshCommand(), checkCommand(), listCommand(), statusCommand(),
		rollbackCommand(), pinCommand(), unpinCommand(), pruneCommand(), verifyCommand(), sbomCommand(), schemaCommand(), command.Version(), command.Man())
	command.Words(root)
	return root
}

// commandsWithSettings are those whose flags can be said in the section of lxdocker.
func commandsWithSettings() map[string]*pflag.FlagSet {
	all := map[string]*pflag.FlagSet{}
	for _, cmd := range newRoot().Commands() {
		if cmd.LocalNonPersistentFlags().HasFlags() && !cmd.HasSubCommands() {
			all[cmd.Name()] = cmd.LocalNonPersistentFlags()
		}
	}
	return all
}
