// Package hub has the end-to-end tests of images on demand: an imgserver in front of a real
// registry, asked by real LXD and Incus daemons over their own protocol. They need root and a
// testbed (package testbed), and have the build tag e2e:
//
//	go test -tags e2e ./test/hub
//
// LXDOCKER_HUB_DAEMONS chooses the daemons: a comma-separated list of lxd, incus and incus7;
// the default is lxd,incus.
package hub
