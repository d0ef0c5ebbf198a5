// Package guest tests that a container made by lxdocker behaves as under `docker run`: one
// row for each behaviour, with the image that needs it, on each daemon. It tests what happens
// in the container; how images reach a daemon is tested in test/e2e. Here they are imported
// from files.
//
// The tests have the build tag e2e and need root on Debian 12:
//
//	go test -tags e2e ./test/guest
//
// LXDOCKER_GUEST_DAEMONS chooses the daemons: a comma-separated list of lxd, incus and
// incus7; the default is lxd,incus.
package guest
