package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lxdocker/internal/admin"
	"lxdocker/internal/command"
	"lxdocker/internal/store"
)

func rollbackCommand() *cobra.Command {
	var p published
	var arch string
	cmd := &cobra.Command{
		Use:   "rollback NAME VERSION",
		Short: "Offer an older version of an image again, as the newest",
		Long: `Offer an older version of an image again. Clients take the newest, so its files
are published once more, as a new version; that takes no disk space. Launches
take it, and daemons with auto-update follow.

VERSION is what ` + "`lxdocker list`" + ` shows: a version or a fingerprint, or its beginning,
also of a version that is about to leave. Or it is ` + "`previous`" + `: the newest older one
that was not rolled back itself.

The next run does not build the rolled-back version again, but it does build what
comes next: when the tag moves, the spec changes or lxdocker is upgraded. To keep an
image whatever comes, use ` + "`lxdocker pin`" + `.

NAME is the name of the spec or, for an image that a client asked for, its reference.`,
		Example: `  # the nginx of this morning does not work
  lxdocker rollback nginx previous --lxdimages images

  # list the versions, and go back to a certain one
  lxdocker list --lxdimages images
  lxdocker rollback nginx 20261123_101500 --lxdimages images
  lxdocker rollback nginx 6bb73ab0 --lxdimages images`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return command.Usagef("rollback takes a NAME and a VERSION, but was given %d arguments", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.locked(cmd, func(images store.Store, now *store.Snapshot) error {
				return rollback(cmd, images, now, args[0], args[1], arch)
			})
		},
	}
	p.registerWriting(cmd)
	registerArchitecture(cmd, &arch)
	return cmd
}

func registerArchitecture(cmd *cobra.Command, arch *string) {
	cmd.Flags().StringVar(arch, "architecture", "", "`ARCH` of the image as list shows it, such as amd64 or arm64")
}

func rollback(cmd *cobra.Command, images store.Store, now *store.Snapshot, name, word, arch string) error {
	name, err := named(name)
	if err != nil {
		return err
	}
	history, err := admin.FindOne(now, name, arch)
	if err != nil {
		return err
	}
	v, err := history.Choose(word)
	if err != nil {
		return err
	}
	taken, _ := history.Current()
	again, err := admin.Rollback(cmd.Context(), images, v)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "%s is %s again (%s), as version %s\n", again.Title(), v.Serial, again.Fingerprint[:12], again.Serial)
	if taken.Key != "" {
		fmt.Fprintf(out, "version %s will not be built again until its tag or spec says something new\n", taken.Serial)
	}
	return nil
}
