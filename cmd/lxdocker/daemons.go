package main

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/daemon"
	"lxdocker/internal/daemon/remote"
)

// daemonFlags say which daemon a command speaks to.
type daemonFlags struct {
	remote  string
	project string
}

func (o *daemonFlags) register(f *pflag.FlagSet) {
	f.StringVar(&o.remote, "remote", "", "`NAME` of a daemon that lxc or incus has configured; lxd and incus are those of this machine")
	f.StringVar(&o.project, "project", "", "`NAME` of the project (default: as lxc or incus has it for the remote, else default)")
}

// connect opens the one daemon that is meant.
func (o *daemonFlags) connect(ctx context.Context) (*daemon.Client, error) {
	found, err := o.addresses(false)
	if err != nil {
		return nil, err
	}
	if len(found) > 1 {
		return nil, command.Usagef("there are several daemons: say --remote %s or --remote %s", strings.ToLower(found[0].Name), strings.ToLower(found[1].Name))
	}
	return daemon.Connect(ctx, found[0])
}

// addresses are the daemons that may be meant; with all, also those elsewhere that the
// clients know.
func (o *daemonFlags) addresses(all bool) (found []daemon.Address, err error) {
	local := daemon.Sockets(os.Getenv, func(path string) bool { _, err := os.Stat(path); return err == nil })
	configs, err := clients()
	if err != nil {
		return nil, err
	}
	if o.remote != "" {
		found, err = o.named(local, configs)
	} else if found = local; all || len(local) == 0 {
		found, err = withRemotes(local, configs, all)
	}
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, command.Usagef("there is neither LXD nor Incus on this machine, and no remote is the default: install one, or name a daemon with --remote")
	}
	for n := range found {
		if o.project != "" {
			found[n].Project = o.project
		}
	}
	return found, nil
}

// clients reads what the clients have configured.
func clients() (all []remote.Config, err error) {
	home, _ := os.UserHomeDir() // a service may have none
	folders := remote.Folders(os.Getenv, home)
	for _, kind := range []string{daemon.LXD, daemon.Incus} {
		if folders[kind] == "" {
			continue
		}
		c, err := remote.Read(kind, folders[kind])
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// named is the daemon of a name.
func (o *daemonFlags) named(local []daemon.Address, configs []remote.Config) (found []daemon.Address, err error) {
	for _, a := range local {
		if strings.EqualFold(a.Name, o.remote) {
			found = append(found, a)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	var known []string
	for _, c := range configs {
		r, ok := c.Find(o.remote)
		switch {
		case ok && r.IsLocal():
			return daemonsOf(local, c.Kind), nil
		case ok && r.IsDaemon():
			a, err := r.Address()
			return append(found, a), err
		case ok:
			return nil, command.Usagef("--remote %s is a server of images, and runs no instances", o.remote)
		}
		for _, r := range c.Remotes {
			if r.IsDaemon() {
				known = append(known, r.Name)
			}
		}
	}
	return nil, command.Usagef("--remote %s is none that lxc or incus has configured: %s", o.remote, strings.Join(append(known, "lxd", "incus"), ", "))
}

func daemonsOf(local []daemon.Address, kind string) (found []daemon.Address) {
	for _, a := range local {
		if a.Kind == kind {
			found = append(found, a)
		}
	}
	return found
}

// withRemotes adds the daemons elsewhere: all of them, or those that are the default.
func withRemotes(local []daemon.Address, configs []remote.Config, all bool) ([]daemon.Address, error) {
	for _, c := range configs {
		for _, r := range c.Remotes {
			if !r.IsDaemon() || r.IsLocal() || !all && r.Name != c.Default {
				continue
			}
			a, err := r.Address()
			if err != nil {
				return nil, err
			}
			local = append(local, a)
		}
	}
	return local, nil
}

// imageServer finds the server of images that a reference names, such as hub:nginx.
func imageServer(reference string) (r remote.Remote, alias string, ok bool, err error) {
	name, alias, found := strings.Cut(reference, ":")
	if !found || strings.ContainsAny(name, "/@") || name == "oci" || strings.HasSuffix(name, "-archive") {
		return r, "", false, nil
	}
	configs, err := clients()
	if err != nil {
		return r, "", false, err
	}
	for _, c := range configs {
		if r, ok := c.Find(name); ok && !r.IsLocal() {
			return r, alias, true, nil
		}
	}
	return r, "", false, nil
}
