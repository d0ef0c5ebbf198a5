package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/admin"
	"lxdocker/internal/store"
)

func pinCommand() *cobra.Command {
	return ofOneImage(pin, &cobra.Command{
		Use:   "pin NAME",
		Short: "Keep an image as it is, whatever its tag or spec says",
		Long: `Keep an image as it is: no run builds it again or removes any of its versions, not
even when its spec is gone, and the server does not follow its tag. It can still be
rolled back. ` + "`lxdocker list`" + ` shows it as pinned.

NAME is the name of the spec or, for an image that a client asked for, its reference.`,
		Example: `  lxdocker pin postgres --lxdimages images
  lxdocker pin postgres --architecture arm64 --lxdimages images
  lxdocker unpin postgres --lxdimages images`,
	})
}

func pin(cmd *cobra.Command, images store.Store, name string, histories []admin.History) error {
	pinned := 0
	for _, h := range histories {
		v, offered := h.Current()
		if !offered {
			continue
		}
		if err := images.Pin(cmd.Context(), v.Product(), new(time.Now())); err != nil {
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
