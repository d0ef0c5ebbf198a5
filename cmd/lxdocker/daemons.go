package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
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

var errNoDaemon = command.Usagef("there is neither LXD nor Incus on this machine, and no remote is the default: install one, or name a daemon with --remote")

// connect opens the one daemon that is meant.
func (o *daemonFlags) connect(ctx context.Context) (*daemon.Client, error) {
	found, err := o.addresses()
	if err != nil {
		return nil, err
	}
	if len(found) > 1 {
		return nil, command.Usagef("there are several daemons: say --remote %s or --remote %s", strings.ToLower(found[0].Name), strings.ToLower(found[1].Name))
	}
	return daemon.Connect(ctx, found[0])
}

// addresses are the daemons that may be meant: that of a name, those of this machine, or else
// those elsewhere that are the default of a client.
func (o *daemonFlags) addresses() (found []daemon.Address, err error) {
	configs, errs := clients()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	local := sockets(configs)
	switch {
	case o.remote != "":
		found, err = o.named(local, configs)
	case len(local) > 0:
		found = local
	default:
		found, errs = remotes(nil, configs, func(c remote.Config, r remote.Remote) bool { return r.Name == c.Default })
		err = errors.Join(errs...)
	}
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, errNoDaemon
	}
	return o.inProject(found), nil
}

// everywhere are all daemons that this machine has, or that a client has configured. What is
// wrong with one of them does not keep from the others.
func (o *daemonFlags) everywhere() (found []daemon.Address, errs []error) {
	configs, errs := clients()
	found, more := remotes(sockets(configs), configs, func(remote.Config, remote.Remote) bool { return true })
	if errs = append(errs, more...); len(found) == 0 && len(errs) == 0 {
		errs = append(errs, errNoDaemon)
	}
	return o.inProject(found), errs
}

// one is addresses with its error in the way of everywhere.
func (o *daemonFlags) one() ([]daemon.Address, []error) {
	found, err := o.addresses()
	if err != nil {
		return nil, []error{err}
	}
	return found, nil
}

func (o *daemonFlags) inProject(found []daemon.Address) []daemon.Address {
	for n := range found {
		if o.project != "" {
			found[n].Project = o.project
		}
	}
	return found
}

// sockets are the daemons of this machine, in the project that their clients have for them.
func sockets(configs []remote.Config) []daemon.Address {
	local := daemon.Sockets(os.Getenv, func(path string) bool { _, err := os.Stat(path); return err == nil })
	for n, a := range local {
		for _, c := range configs {
			if r, ok := c.Find("local"); ok && c.Kind == a.Kind && r.IsLocal() && r.Socket() == "" {
				local[n].Project = r.Project
			}
		}
	}
	return local
}

// clients reads what the clients have configured. What is wrong with one of them does not keep
// from the other.
func clients() (all []remote.Config, errs []error) {
	home, _ := os.UserHomeDir() // a service may have none
	folders := remote.Folders(os.Getenv, home)
	for _, kind := range []string{daemon.LXD, daemon.Incus} {
		if folders[kind] == "" {
			continue
		}
		c, err := remote.Read(kind, folders[kind])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, c)
	}
	return all, errs
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
		case ok && r.IsLocal() && r.Socket() == "":
			return here(local, c.Kind, r), nil
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

// here is the daemon of this machine that a client has as a remote.
func here(local []daemon.Address, kind string, r remote.Remote) (found []daemon.Address) {
	for _, a := range local {
		if a.Kind == kind {
			a.Project = r.Project
			found = append(found, a)
		}
	}
	return found
}

// remotes adds those daemons of the clients that are wanted, and are not among those of this
// machine already.
func remotes(found []daemon.Address, configs []remote.Config, wanted func(remote.Config, remote.Remote) bool) ([]daemon.Address, []error) {
	var errs []error
	for _, c := range configs {
		for _, r := range c.Remotes {
			known := r.IsLocal() && (r.Socket() == "" || slices.ContainsFunc(found, func(a daemon.Address) bool { return a.Socket == r.Socket() }))
			if !r.IsDaemon() || known || !wanted(c, r) {
				continue
			}
			a, err := r.Address()
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", r.Name, err))
				continue
			}
			found = append(found, a)
		}
	}
	return found, errs
}

// imageServers are the public servers of images that the clients know. One that is configured
// wrongly is none.
func imageServers() (found []daemon.Address) {
	configs, _ := clients()
	for _, c := range configs {
		for _, r := range c.Remotes {
			if a, err := r.Address(); err == nil && r.IsImages() {
				a.Certificate = nil // it need not know who asks
				found = append(found, a)
			}
		}
	}
	return found
}

// imageServer finds the server of images that a reference names, such as hub:nginx.
func imageServer(reference string) (r remote.Remote, alias string, ok bool, err error) {
	name, alias, found := strings.Cut(reference, ":")
	if !found || strings.ContainsAny(name, "/@") || name == "oci" || strings.HasSuffix(name, "-archive") {
		return r, "", false, nil
	}
	configs, errs := clients()
	if err := errors.Join(errs...); err != nil {
		return r, "", false, err
	}
	for _, c := range configs {
		if r, ok := c.Find(name); ok && !r.IsLocal() {
			return r, alias, true, nil
		}
	}
	return r, "", false, nil
}
