// Package remote reads which daemons and image servers a user's `lxc` and `incus` have
// configured: config.yml, the user's certificate, and those of servers that the user has
// trusted. It never writes any of them, and connects to nothing.
//
// Sources: the files themselves, as the clients of LXD 5.0.2 and Incus 6.0.4 write them.
package remote
