package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lxdocker/internal/admin"
	"lxdocker/internal/store"
)

func unpinCommand() *cobra.Command {
	return ofOneImage(unpin, &cobra.Command{
		Use:   "unpin NAME",
		Short: "Let an image follow its tag and its spec again",
		Long: `Take back what ` + "`lxdocker pin`" + ` did: the next run builds the image anew if its tag or
its spec says something new, and lets go of older versions.`,
		Example: `  lxdocker unpin postgres --lxdimages images`,
	})
}

func unpin(cmd *cobra.Command, images store.Store, _ string, histories []admin.History) error {
	for _, h := range histories {
		v := h[0]
		what := "was not pinned"
		if v.Pinned != nil {
			what = "is not pinned any more"
		}
		if err := images.Pin(cmd.Context(), v.Product(), nil); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), v.Title(), what)
	}
	return nil
}
