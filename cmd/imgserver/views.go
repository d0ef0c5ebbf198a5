package main

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"lxdocker/internal/config"
	"lxdocker/internal/hub"
	"lxdocker/internal/server"
	"lxdocker/internal/server/web"
)

// views divide a hub by the rights of clients.
type views struct {
	hub     *hub.Hub
	rights  []config.Right
	allowed func(...config.Right) (hub.Policy, error)
	all     func() web.Activity
}

// Of names a view by the rights that a client has: those with the same ones share it.
func (v *views) Of(client netip.Addr, user string) string {
	var name strings.Builder
	for i, r := range v.rights {
		if r.Has(client, user) {
			name.WriteString(strconv.Itoa(i) + " ")
		}
	}
	return name.String()
}

func (v *views) View(name string) server.View {
	var has []config.Right
	for word := range strings.FieldsSeq(name) {
		i, _ := strconv.Atoi(word) // of Of
		has = append(has, v.rights[i])
	}
	policy, err := v.allowed(has...)
	if err != nil {
		panic(fmt.Sprint("patterns were checked before: ", err))
	}
	view := v.hub.For(policy)
	return server.View{
		Hub: view, OnDemand: view.Patterns(), Offers: view.Offers, Try: view.Meaning,
		Activity: func(client string) web.Activity { return own(v.all(), view, client) },
	}
}
