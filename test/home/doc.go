// Package home has the end-to-end tests of imgserver in a container of the daemon that uses its
// images: it types what docs/home.md says, on real LXD and Incus, whose own DNS servers tell the
// host where the container is. They need root and a testbed (package testbed), and have the build
// tag e2e:
//
//	go test -tags e2e ./test/home
//
// LXDOCKER_HOME_DEB is a package that has been made already, to save the time that this takes.
// LXDOCKER_HOME_SUITE is the Debian of the container that takes the place of the first, such as
// trixie; the first, and without it both, are of bookworm.
package home
