package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/admin"
	"lxdocker/internal/command"
	"lxdocker/internal/store"
)

func pinCommand() *cobra.Command {
	var p published
	var arch string
	cmd := &cobra.Command{
		Use:   "pin NAME",
		Short: "Keep an image as it is, whatever its tag or spec says",
		Long: `Keep an image as it is: no run builds it again or removes any of its versions, not
even when its spec is gone, and the server does not follow its tag. It can still be
rolled back. ` + "`lxdocker list`" + ` shows it as pinned.

NAME is the name of the spec or, for an image that a client asked for, its reference.`,
		Example: `  lxdocker pin postgres --lxdimages images
  lxdocker pin postgres --architecture arm64 --lxdimages images
  lxdocker unpin postgres --lxdimages images`,
		Args: oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.locked(cmd, func(images store.Store, now *store.Snapshot) error {
				return pin(cmd, images, now, args[0], arch)
			})
		},
	}
	p.registerWriting(cmd)
	registerArchitecture(cmd, &arch)
	return cmd
}

func oneName(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return command.Usagef("%s takes the NAME of one image, but was given %d", cmd.Name(), len(args))
	}
	return nil
}

func pin(cmd *cobra.Command, images store.Store, now *store.Snapshot, name, arch string) error {
	name, err := named(name)
	if err != nil {
		return err
	}
	histories, err := admin.Find(now, name, arch)
	if err != nil {
		return err
	}
	pinned := 0
	for _, h := range histories {
		v, offered := h.Current()
		if !offered {
			continue
		}
		if err := images.Pin(cmd.Context(), v.Product(), time.Now()); err != nil {
			return err
		}
		pinned++
		fmt.Fprintf(cmd.OutOrStdout(), "%s stays at version %s (%s)\n", v.Title(), v.Serial, v.Fingerprint[:12])
	}
	if pinned == 0 {
		return fmt.Errorf("%s is not offered any more: `lxdocker rollback` offers one of its versions again", name)
	}
	return nil
}
