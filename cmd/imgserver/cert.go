package main

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lxdocker/internal/command"
	"lxdocker/internal/server/certificate"
)

const certExamples = `  # what clients are shown when they add the server
  imgserver cert show --lxdimages /srv/lxdimages

  # for programs: until when it is valid
  imgserver cert show --lxdimages /srv/lxdimages --json | jq -r .not_after

  # another one, which every client has to be told
  imgserver cert renew --lxdimages /srv/lxdimages`

func newCert() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "cert",
		Short:   "Show or renew the certificate that clients know the server by",
		Example: certExamples,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return command.Usagef("unknown command cert %s: there are cert show and cert renew", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCertShow(), newCertRenew())
	return cmd
}

func newCertShow() *cobra.Command {
	var images, cert string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show the fingerprint, names and end of the certificate",
		Args:  command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := certFile(images, cert)
			if err != nil {
				return err
			}
			about, err := certificate.Read(file, time.Now())
			if err != nil {
				return fmt.Errorf("%w (imgserver makes its own when it starts; --cert FILE shows another one)", err)
			}
			names, err := namesOf(images)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), about, names)
			}
			printCertificate(cmd.OutOrStdout(), about)
			printNames(cmd.OutOrStdout(), names)
			return nil
		},
	}
	cmd.Flags().StringVar(&images, "lxdimages", "", "the `DIR` that imgserver serves, whose own certificate is shown, and those of --acme-domain")
	cmd.Flags().StringVar(&cert, "cert", "", "show the certificate in this `FILE`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	_ = cmd.MarkFlagDirname("lxdimages")
	return cmd
}

// certFile is the certificate that flags mean.
func certFile(images, cert string) (string, error) {
	switch {
	case cert != "":
		return cert, nil
	case images == "":
		return "", command.Usagef("which certificate? Say --lxdimages DIR, the same as to imgserver, or --cert FILE")
	}
	folder, err := filepath.Abs(images)
	return certificate.Own(ownTLS(folder)).Cert, err
}

// ownTLS is the folder of the pair that imgserver makes itself: beside the folder of images,
// never in it, because any web server may serve that one.
func ownTLS(images string) string { return images + "-tls" }

// printCertificate prints the fingerprint in the line in which `lxc remote add` and
// `incus remote add` show it, so that people can compare the two.
func printCertificate(w io.Writer, about certificate.About) {
	issuer := about.Issuer
	if about.SelfSigned {
		issuer = "itself"
	}
	fmt.Fprintf(w, "Certificate fingerprint: %s\n\nfile       %s\nnames      %s\nvalid      %s until %s\nsigned by  %s\n",
		about.Fingerprint, about.File, strings.Join(about.Names, " "), about.From.Format(time.DateOnly), about.Until.Format(time.DateOnly), issuer)
	if about.Problem != "" {
		fmt.Fprintf(w, "\n%s\n", about.Problem)
	}
}

const renewText = `Every client that has added this server has stored the certificate, and so has its
daemon for each image that it keeps up to date. They all refuse the new one. After that:

  on every client:   lxc remote remove hub && lxc remote add hub https://HOST:PORT --public
  in every daemon:   images that follow the old one are no longer updated; copy them again

The present one is valid until %s. The new pair replaces it in
%s; the old one stays beside it, with names that end in .old.
A server that is running takes the new one at its next connection.

`

func newCertRenew() *cobra.Command {
	var images, given string
	var yes bool
	cmd := &cobra.Command{
		Use:   "renew",
		Short: "Replace the certificate that imgserver made by a new one, which clients have to be told",
		Args:  command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if images == "" {
				return command.Usagef("whose certificate? Say --lxdimages DIR, the same as to imgserver; files of --cert and --key are renewed where they come from")
			}
			if given != "" {
				return command.Usagef("imgserver uses the certificate of --cert: %s is renewed where it comes from", given)
			}
			folder, err := filepath.Abs(images)
			if err != nil {
				return err
			}
			dir := ownTLS(folder)
			before, err := certificate.Read(certificate.Own(dir).Cert, time.Now())
			if err != nil {
				return fmt.Errorf("%w (imgserver makes a certificate when it starts)", err)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), renewText, before.Until.Format(time.DateOnly), dir)
			if !yes && !confirmed(cmd.InOrStdin(), cmd.ErrOrStderr()) {
				return fmt.Errorf("nothing was changed: the answer was not yes")
			}
			return renewCertificate(cmd.OutOrStdout(), dir, before)
		},
	}
	cmd.Flags().StringVar(&images, "lxdimages", "", "the `DIR` that imgserver serves (required)")
	cmd.Flags().StringVar(&given, "cert", "", "`FILE` that imgserver uses instead") // the settings may say so
	_ = cmd.Flags().MarkHidden("cert")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	_ = cmd.MarkFlagDirname("lxdimages")
	return cmd
}

func confirmed(in io.Reader, out io.Writer) bool {
	fmt.Fprint(out, "Make a new certificate? (yes/no) ")
	line, _ := bufio.NewReader(in).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "yes" || answer == "y"
}

// renewCertificate makes a pair for the names of this machine now, and for other names that
// the one before had.
func renewCertificate(w io.Writer, dir string, before certificate.About) error {
	names := slices.DeleteFunc(slices.Clone(before.Names), func(n string) bool { return strings.Trim(n, "0123456789.") == "" || strings.Contains(n, ":") })
	files, err := certificate.Renew(dir, certificate.Hosts(names...), time.Now())
	if err != nil {
		return err
	}
	about, err := certificate.Read(files.Cert, time.Now())
	if err != nil {
		return err
	}
	printCertificate(w, about)
	return nil
}
