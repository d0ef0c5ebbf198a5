package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"

	"lxdocker/internal/command"
	"lxdocker/internal/config"
	"lxdocker/internal/terminal"
	"lxdocker/internal/version"
)

const about = `imgserver serves the images that lxdocker publishes to LXD and Incus, by their own
image protocol and by simplestreams: they list, launch and auto-update them. What
lxdocker publishes is offered at once.

With --on-demand it also converts images nobody wrote a spec for, when a client
asks for them: any OCI image that a pattern allows. With --specs it keeps the
images of specs up to date, so that no cron job is needed: each --every, or at the
times of --schedule, and when files in their folder change.

It speaks only HTTPS, because LXD and Incus accept nothing else. Without --key and
--cert it makes itself a certificate, once, in the folder DIR-tls next to DIR;
clients show its fingerprint when they add the server.
Files given with --key and --cert are read again when they change. For names of
--acme-domain it gets certificates of an authority, and renews them.

SIGHUP makes it read settings, certificate and specs again, and look now whether tags
have moved and what is in DIR. It logs which settings have changed, and which of them
need a restart. SIGTERM and Ctrl-C end it: running downloads get 8 seconds to finish, a second
signal cuts them off.

Under systemd it takes over the sockets of socket units: one with
FileDescriptorName=admin in place of --admin-address, others of --address.

` + config.Precedence + `
"imgserver check-config" says whether they are right.

Exit codes: 0 ended by a signal, 1 it could not serve, 2 wrong usage or settings,
3 it could not serve, and starting it again mends nothing until a person has changed
what it says, 130 ended with downloads cut off.`

const examples = `  # what lxdocker has published, on port 443 of every address
  imgserver --lxdimages /srv/lxdimages

  # and also any official image of Docker Hub, when somebody asks for it
  imgserver --lxdimages /srv/lxdimages --cache /var/cache/lxdocker \
    --on-demand 'library/*' --on-demand 'ghcr.io/home-assistant/*'

  # the images of specs, built at the start, every six hours, and when a spec changes
  imgserver --lxdimages /srv/lxdimages --cache /var/cache/lxdocker \
    --specs /etc/lxdocker/specs --schedule '17 */6 * * *'

  # with a certificate that clients already trust
  imgserver --lxdimages /srv/lxdimages \
    --key /etc/letsencrypt/live/hub.example.org/privkey.pem \
    --cert /etc/letsencrypt/live/hub.example.org/fullchain.pem

  # on a port that needs no root, only for this machine; JSON lines for a log collector
  imgserver --lxdimages images --address 127.0.0.1:8443 --log-format json

  # then, where LXD is (for Incus: incus instead of lxc)
  lxc remote add hub https://hub.example.org --public
  lxc launch hub:nginx web`

// execute runs the program once.
func execute(args []string, stdout, stderr io.Writer, signals <-chan os.Signal) int {
	// Output may quote clients, registries and images.
	stdout, stderr = terminal.NewWriter(stdout), terminal.NewWriter(stderr)
	root := newRoot(signals)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteC()
	return exitCode(config.Explain(cmd, err), stderr)
}

func newRoot(signals <-chan os.Signal) *cobra.Command {
	o, said := new(options), new(config.Program)
	root := &cobra.Command{
		Use:           "imgserver --lxdimages DIR",
		Short:         "Serve images to LXD and Incus",
		Long:          about,
		Example:       examples,
		Version:       version.String(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return command.Unknown(cmd, args[0], "the folder to serve is named with --lxdimages "+args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Check(); err != nil {
				return err
			}
			o.again = newReloader(said, cmd)
			return o.serve(cmd.OutOrStdout(), cmd.ErrOrStderr(), signals)
		},
	}
	o.Register(root.Flags())
	_ = root.MarkFlagDirname("lxdimages")
	said.Register(root)
	root.AddCommand(checkConfigCommand(said), newCert(), command.Version(), command.Man())
	command.Words(root)
	return root
}
