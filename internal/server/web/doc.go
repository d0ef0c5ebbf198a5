// Package web renders the page that people see who open the server in a browser: how to add it
// to LXD and Incus, and what it offers.
//
// The page needs no scripts and nothing from other servers. The package serves nothing itself.
package web
