package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lxdocker/internal/arch"
	"lxdocker/internal/build"
	"lxdocker/internal/command"
	"lxdocker/internal/humanize"
	"lxdocker/internal/image"
	"lxdocker/internal/oci"
	"lxdocker/internal/settings"
	"lxdocker/internal/store/dir"
	"lxdocker/internal/trust"
)

// sbomOptions are the flags of `lxdocker sbom`.
type sbomOptions struct {
	conversionOptions
	images       string
	architecture string
	list         bool
}

func sbomCommand() *cobra.Command {
	o := new(sbomOptions)
	cmd := &cobra.Command{
		Use:   "sbom NAME|REFERENCE",
		Short: "Print the bill of materials that a registry has for an image",
		Long: `Print the bill of materials (SBOM) that was published beside an image: as a referrer, in a
bundle of sigstore, or by BuildKit in the index. With --list, say what there is beside the
image: also signatures, provenance and anything else.

NAME is an image of --lxdimages; a REFERENCE is asked for directly. It is not verified who
has written a document: what "verify" in a spec asks for is the image.`,
		Example: `  lxdocker sbom nginx --lxdimages images
  lxdocker sbom ghcr.io/owner/name:tag --list`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return command.Usagef("sbom takes one NAME or REFERENCE, but was given %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, args[0]) },
	}
	f := cmd.Flags()
	f.StringVar(&o.images, "lxdimages", "", "`DIR` that images are published to, for a NAME")
	f.StringVar(&o.Cache, "cache", "", "`DIR` for layers and manifests (default: the user's cache folder)")
	f.StringVar(&o.architecture, "architecture", "", "OCI `ARCH`, such as arm64 or arm/v7 (default: this machine's)")
	f.BoolVar(&o.list, "list", false, "list all documents beside the image")
	settings.Own(f, "cache") // that of a service is not this user's
	o.register(cmd)
	return cmd
}

func (o *sbomOptions) run(cmd *cobra.Command, name string) error {
	if o.Cache == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return command.Usagef("finding a cache folder: %v: name one with --cache DIR", err)
		}
		o.Cache = filepath.Join(base, "lxdocker")
	}
	ref, version, err := o.reference(cmd, name)
	if err != nil {
		return err
	}
	b, platform, err := o.builder(cmd)
	if err != nil {
		return err
	}
	b.Display.Close()
	if a, ok := arch.ByClientName(version.Architecture); ok {
		platform = a.Platform()
	}
	if o.architecture != "" {
		platform = o.architecture
	}
	job, err := build.Job("", ref, platform)
	if err != nil {
		return command.UsageError{Err: err}
	}
	ctx := cmd.Context()
	img, err := b.Sources.Resolve(ctx, ref, job.Platform)
	if err != nil {
		return err
	}
	defer img.Close()
	if version.SourceDigest != "" && img.Digest != version.SourceDigest {
		return fmt.Errorf("%s means another image now (%s) than the version of %s that is published (%s): `lxdocker sbom %s` prints what is beside the newer one", ref, img.Digest, name, version.SourceDigest, ref)
	}
	all, err := trust.List(ctx, img.Blobs, img.Chain)
	if err != nil {
		return fmt.Errorf("looking what is beside %s: %w", ref, err)
	}
	if o.list {
		return o.print(cmd.OutOrStdout(), all)
	}
	for _, a := range all {
		if a.What == trust.SBOM {
			text, err := trust.Document(ctx, img.Blobs, a)
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(append(text, '\n'))
			return err
		}
	}
	return fmt.Errorf("there is no bill of materials beside %s for %s; `lxdocker sbom %s --list` says what there is", ref, img.Platform, name)
}

// reference is what an image of the store was made from, and its version, or else what somebody
// wrote.
func (o *sbomOptions) reference(cmd *cobra.Command, name string) (ref oci.Reference, version image.Version, err error) {
	if o.images != "" {
		images, err := dir.Open(o.images)
		if err != nil {
			return ref, version, err
		}
		now, err := images.Versions(cmd.Context())
		if err != nil {
			return ref, version, err
		}
		if found, err := find(now, name, ""); err == nil {
			for _, h := range found {
				v, ok := h.Current()
				if ok && (o.architecture == "" || isFor(v, o.architecture)) {
					ref, err = oci.Parse(v.Source)
					return ref, v, err
				}
			}
		}
	}
	if ref, err = oci.Parse(name); err != nil {
		err = command.UsageError{Err: err}
	}
	return ref, version, err
}

// isFor says whether a version is for an architecture in OCI's words.
func isFor(v image.Version, architecture string) bool {
	a, ok := arch.ByClientName(v.Architecture)
	return ok && a.Platform() == architecture
}

func (o *sbomOptions) print(w io.Writer, all []trust.Attached) error {
	if o.json {
		out := json.NewEncoder(w)
		out.SetIndent("", "  ")
		return out.Encode(append([]trust.Attached{}, all...))
	}
	if len(all) == 0 {
		fmt.Fprintln(w, "there is nothing beside the image")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHAT\tSIZE\tTYPE\tDIGEST")
	for _, a := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", a.What, humanize.Bytes(a.Size), a.Type, a.Digest)
	}
	return t.Flush()
}
