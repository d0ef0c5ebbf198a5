package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/settings"
	"lxdocker/internal/store/dir"
)

type convertOptions struct {
	conversionOptions
	out          string
	name         string
	architecture string
}

func convertCommand() *cobra.Command {
	o := new(convertOptions)
	cmd := &cobra.Command{
		Use:   "convert REFERENCE",
		Short: "Convert one image into files for `lxc image import`",
		Long: `Convert one image, without specs and without a server. It writes lxd.tar.xz and
rootfs.squashfs (or one tarball, by --imageformat) and prints the fingerprint the
image will have in LXD and in Incus. If files of the image have capabilities, which
Incus loses in squashfs, it also writes rootfs.tar.gz for Incus, and prints the files
and the fingerprint of that image after those of the first.

REFERENCE is nginx, library/nginx:1.27, ghcr.io/owner/name:tag, name@sha256:...,
oci:FOLDER[:REF], oci-archive:FILE[:REF] or docker-archive:FILE[:REF].

Without --name, the image's property os is the last part of its repository, or of the name
that the layout or archive gives it; without such a name it is image. The name of a folder
or file is in no image: oci-archive:app.tar is only shown as app.`,
		Example: `  lxdocker convert nginx -o out
  lxc image import out/lxd.tar.xz out/rootfs.squashfs --alias nginx

  docker save myapp | cat > myapp.tar
  lxdocker convert docker-archive:myapp.tar -o out`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return command.Usagef("convert takes one REFERENCE, but was given %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.out, "output", "o", "", "`DIR` to write the files to (required)")
	f.StringVar(&o.name, "name", "", "`NAME` of the image, its property os (default: what its source calls it)")
	f.StringVar(&o.Cache, "cache", "", "`DIR` for layers and manifests (default: the user's cache folder)")
	f.StringVar(&o.architecture, "architecture", "", "OCI `ARCH`, such as arm64 or arm/v7 (default: this machine's)")
	settings.Own(f, "cache") // that of a service is not this user's
	o.register(cmd)
	return cmd
}

func (o *convertOptions) run(cmd *cobra.Command, reference string) error {
	if o.out == "" {
		return missingFlags("--output")
	}
	if o.name != "" && !image.ValidName(o.name) {
		return command.Usagef("--name %q cannot be the name of an image: names are letters, digits, '.', '_' and '-', and begin with a letter or a digit", o.name)
	}
	if o.Cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return command.Usagef("finding a cache folder: %v: name one with --cache DIR", err)
		}
		o.Cache = filepath.Join(base, "lxdocker")
	}
	ref, err := oci.Parse(reference)
	if err != nil {
		return command.UsageError{Err: err}
	}
	b, host, err := o.builder(cmd)
	if err != nil {
		return err
	}
	if o.architecture != "" {
		host = o.architecture
	}
	job, err := build.Job(o.name, ref, host)
	if err != nil {
		return command.UsageError{Err: err}
	}
	job.Label = label(ref)
	exported, err := b.Export(cmd.Context(), job, dir.Outlet(o.out, dir.WithClock(b.Now)))
	b.Display.Close()
	if err != nil && o.told {
		return toldError{err}
	}
	if err != nil {
		return err
	}
	for _, e := range exported {
		for i := range e.Files {
			e.Files[i] = filepath.Join(o.out, e.Files[i])
			fmt.Fprintln(cmd.OutOrStdout(), e.Files[i])
		}
		fmt.Fprintln(cmd.OutOrStdout(), "fingerprint", e.Fingerprint)
	}
	if len(exported) > 1 {
		sayWhich(cmd.ErrOrStderr(), exported[0], exported[1])
	}
	if size := exported[0].IdmapSize; size != "" {
		fmt.Fprintf(cmd.ErrOrStderr(), `Files of this image have owners beyond 65535. They are nobody in an instance, unless its
map has %s users and groups: let root have as many in /etc/subuid and
/etc/subgid of the host, and restart the daemon.
`, size)
	}
	return nil
}

// sayWhich tells people which of two images is for whom.
func sayWhich(w io.Writer, lxd, incus build.Exported) {
	fmt.Fprintf(w, `Files of this image have capabilities, which Incus loses when it unpacks squashfs. So import
  into LXD:    lxc image import %s
  into Incus:  incus image import %s
`, strings.Join(lxd.Files, " "), strings.Join(incus.Files, " "))
}
