package main

import (
	"github.com/spf13/cobra"

	"lxdocker/internal/admin"
	"lxdocker/internal/command"
	"lxdocker/internal/oci"
	"lxdocker/internal/store"
)

// named returns the name by which the store knows the image that somebody means: the
// addresses of web pages are for people.
func named(name string) (string, error) {
	plain, err := oci.Plain(name)
	if err == nil && plain == name {
		return name, nil
	}
	ref, err := oci.Parse(name)
	if err != nil {
		return "", command.UsageError{Err: err}
	}
	return ref.String(), nil
}

// find returns the images that somebody means by a name.
func find(now *store.Snapshot, name, arch string) ([]admin.History, error) {
	name, err := named(name)
	if err != nil {
		return nil, err
	}
	return admin.Find(now, name, arch)
}

// ofOneImage completes a command that does something to the image of a name, of one or
// all architectures, while no run works on the store.
func ofOneImage(do func(cmd *cobra.Command, images store.Store, name string, histories []admin.History) error, cmd *cobra.Command) *cobra.Command {
	var p published
	var arch string
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return command.Usagef("%s takes the NAME of one image, but was given %d", cmd.Name(), len(args))
		}
		return nil
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return p.locked(cmd, func(images store.Store, now *store.Snapshot) error {
			histories, err := find(now, args[0], arch)
			if err != nil {
				return err
			}
			return do(cmd, images, args[0], histories)
		})
	}
	p.registerWriting(cmd)
	registerArchitecture(cmd, &arch)
	return cmd
}
