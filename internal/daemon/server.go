package daemon

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"lxdocker/internal/failure"
)

// The kinds of daemons.
const (
	LXD   = "LXD"
	Incus = "Incus"
)

// Server is what a daemon says of itself.
type Server struct {
	Kind          string // LXD or Incus
	Version       string
	Clustered     bool
	Architectures []string // x86_64 and the like, its own first
	extensions    []string
}

// Has says whether the daemon knows an extension of the API.
func (s Server) Has(extension string) bool { return slices.Contains(s.extensions, extension) }

func (c *Client) server(ctx context.Context) (s Server, err error) {
	var said struct {
		Auth        string   `json:"auth"`
		Extensions  []string `json:"api_extensions"`
		Environment struct {
			Server        string   `json:"server"`
			Version       string   `json:"server_version"`
			Clustered     bool     `json:"server_clustered"`
			Architectures []string `json:"architectures"`
		} `json:"environment"`
	}
	if _, err := c.ask(ctx, http.MethodGet, "/1.0", nil, nil, &said); err != nil {
		return s, err
	}
	if said.Auth != "trusted" {
		return s, failure.Errorf(failure.Denied, "connecting to %s: it does not trust this user's certificate: add it there, as `lxc remote add` and `incus remote add` do with a token", c.Name())
	}
	s = Server{Kind: LXD, Version: said.Environment.Version, Clustered: said.Environment.Clustered,
		Architectures: said.Environment.Architectures, extensions: said.Extensions}
	if said.Environment.Server == "incus" {
		s.Kind = Incus
	}
	return s, nil
}

// Project is what a daemon says of the project that the client works in.
type Project struct {
	Name   string            `json:"name"`
	Config map[string]string `json:"config"`
}

// Project asks for the rules of the project.
func (c *Client) Project(ctx context.Context) (p Project, err error) {
	name := c.Address.Project
	if name == "" {
		name = "default"
	}
	_, err = c.ask(ctx, http.MethodGet, "/1.0/projects/"+url.PathEscape(name), nil, nil, &p)
	return p, err
}

// Profile is a set of devices and settings that instances share.
type Profile struct {
	Name    string            `json:"name"`
	Config  map[string]string `json:"config"`
	Devices Devices           `json:"devices"`
}

// Profile asks for a profile.
func (c *Client) Profile(ctx context.Context, name string) (p Profile, err error) {
	_, err = c.ask(ctx, http.MethodGet, "/1.0/profiles/"+url.PathEscape(name), nil, nil, &p)
	return p, err
}
