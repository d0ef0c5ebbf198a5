// Package web makes the page that people see who open the server in a browser: how
// to add it to LXD and Incus, and what there is.
//
// It needs no script, and nothing from elsewhere. It serves nothing itself.
package web
