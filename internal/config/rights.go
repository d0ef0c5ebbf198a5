package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"lxdocker/internal/command"
	"lxdocker/internal/hub"
	"lxdocker/internal/server/access"
)

// Right is what --on-demand-for says: who may ask for images of a pattern, beside those of
// --on-demand.
type Right struct {
	user    string          // or
	network access.Networks // of one range
	pattern string
}

func parseRight(text string) (Right, error) {
	who, pattern, ok := strings.Cut(text, "=")
	if !ok || who == "" || pattern == "" {
		return Right{}, fmt.Errorf("it is ADDRESS=PATTERN or USER=PATTERN, like 10.0.0.0/8=quay.io/**")
	}
	r := Right{pattern: pattern}
	if _, err := netip.ParseAddr(who); err != nil && !strings.Contains(who, "/") {
		r.user = who
		return r, nil
	}
	var err error
	r.network, err = access.ParseNetworks([]string{who})
	return r, err
}

// Has says whether a client has the right; user is "" for one that has not logged in.
func (r Right) Has(client netip.Addr, user string) bool {
	if r.user != "" {
		return r.user == user
	}
	return r.network.Contain(client)
}

// Rights are those of --on-demand-for.
func (o *DemandFlags) Rights() (all []Right, err error) {
	for _, t := range o.OnDemandFor {
		r, err := parseRight(t)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Allowed is what somebody with these rights may ask for.
func (o *DemandFlags) Allowed(rights ...Right) (hub.Policy, error) {
	patterns := slices.Clone(o.OnDemand)
	for _, r := range rights {
		patterns = append(patterns, r.pattern)
	}
	p, err := hub.NewPolicy(patterns, o.Deny)
	if err != nil {
		return p, command.UsageError{Err: err}
	}
	return p, nil
}

// usersHaveRights says whether a right is a user's.
func (o *DemandFlags) usersHaveRights() bool {
	rights, _ := o.Rights() // a check of the flag says what is wrong
	return slices.ContainsFunc(rights, func(r Right) bool { return r.user != "" })
}
