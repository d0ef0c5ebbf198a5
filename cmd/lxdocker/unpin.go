package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lxdocker/internal/image"
	"lxdocker/internal/store"
)

func unpinCommand() *cobra.Command {
	var p published
	var arch string
	cmd := &cobra.Command{
		Use:   "unpin NAME",
		Short: "Let an image follow its tag and its spec again",
		Long: `Take back what ` + "`lxdocker pin`" + ` did: the next run builds the image anew if its tag or
its spec says something new, and lets go of older versions.`,
		Example: `  lxdocker unpin postgres --lxdimages images`,
		Args:    oneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.alone(cmd, func(images store.Store, versions []image.Version) error {
				return unpin(cmd, images, versions, args[0], arch)
			})
		},
	}
	p.registerWriting(cmd)
	registerArchitecture(cmd, &arch)
	return cmd
}

func unpin(cmd *cobra.Command, images store.Store, versions []image.Version, name, arch string) error {
	products, err := find(versions, name, arch)
	if err != nil {
		return err
	}
	for _, product := range products {
		v := product[0]
		what := "was not pinned"
		if v.Pinned != nil {
			what = "is not pinned any more"
		}
		if err := images.Unpin(cmd.Context(), v.Product()); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), title(v), what)
	}
	return nil
}
