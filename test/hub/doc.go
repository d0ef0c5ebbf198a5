// Package hub holds the end-to-end tests of images on demand: an imgserver in
// front of a real registry, asked by real LXD and Incus daemons over their own
// protocol. They need root and a testbed (package testbed), and run with the build
// tag e2e:
//
//	go test -tags e2e ./test/hub
//
// LXDOCKER_HUB_DAEMONS says which daemons: lxd,incus is the default, and
// incus7 has to be asked for.
package hub
