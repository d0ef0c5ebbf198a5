package config

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/spf13/pflag"

	"lxdocker/internal/command"
	"lxdocker/internal/server/access"
	"lxdocker/internal/settings"
)

// AccessFlags say who may use the server, and how clients get to it.
type AccessFlags struct {
	allow, noLogin, proxies []string
	users, prefix           string
}

// Register adds the flags to those of a command.
func (o *AccessFlags) Register(f *pflag.FlagSet) {
	f.StringArrayVar(&o.allow, "allow", nil, "serve only clients with this `ADDRESS`, or one in this range like 10.0.0.0/8 (repeatable; default: all)")
	f.StringVar(&o.users, "users", "", "serve only those who log in as a user of this `FILE`, made by htpasswd -B; read again when it changes")
	f.StringArrayVar(&o.noLogin, "no-login", nil, "with --users, ask no client with this `ADDRESS` or in this range for a login (repeatable)")
	f.StringVar(&o.prefix, "path-prefix", "", "serve everything below this `PATH`, like /SECRET/, and nothing else")
	f.StringArrayVar(&o.proxies, "trusted-proxy", nil, "believe X-Forwarded-For, X-Forwarded-Proto and Forwarded of a reverse proxy with this `ADDRESS` or in this range (repeatable)")
	for name, list := range map[string]*[]string{"allow": &o.allow, "no-login": &o.noLogin, "trusted-proxy": &o.proxies} {
		settings.Check(f, name, func() error { _, err := access.ParseNetworks(*list); return err })
	}
	settings.Check(f, "path-prefix", o.checkPrefix)
	settings.Secret(f, "path-prefix")
}

func (o *AccessFlags) checkPrefix() error {
	if o.prefix == "" {
		return nil
	}
	odd := func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/", r)
	}
	path := o.Path() + "/"
	if path == "/" || path[0] != '/' || strings.IndexFunc(path, odd) >= 0 ||
		strings.Contains(path, "//") || strings.Contains(path, "/./") || strings.Contains(path, "/../") {
		return errors.New("it is a path like /SECRET/, of letters, digits and - . _ ~")
	}
	return nil
}

// check finds what is wrong with the flags together.
func (o *AccessFlags) check() error {
	if len(o.noLogin) > 0 && o.users == "" {
		return command.Usagef("--no-login needs --users FILE: without that, nobody is asked for a login")
	}
	return nil
}

// Path is the prefix without its last slash; "" if there is none.
func (o *AccessFlags) Path() string { return strings.TrimSuffix(o.prefix, "/") }

// Proxies are those whose word counts for who asks.
func (o *AccessFlags) Proxies() access.Networks { return parsed(o.proxies) }

// Rules are what the flags say of who may use the server. They read the users, unless these
// are those of before, which may be nil: their file is read again when it changes.
func (o *AccessFlags) Rules(before *access.Users, log *slog.Logger) (rules access.Rules, err error) {
	rules = access.Rules{Allow: parsed(o.allow), NoLogin: parsed(o.noLogin)}
	switch {
	case o.users == "":
	case before != nil && before.File() == o.users:
		rules.Users = before
	default:
		rules.Users, err = access.LoadUsers(o.users, log)
	}
	return rules, err
}

// parsed are ranges that the flags have checked.
func parsed(texts []string) access.Networks {
	all, _ := access.ParseNetworks(texts)
	return all
}
