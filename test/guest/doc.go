// Package guest shows that a container made by lxdocker behaves as `docker run`
// would: one row for each behaviour, with the image that needs it, on each
// daemon. It tests what lies in the container; how images reach a daemon is the
// business of test/e2e. Here they are imported from files.
//
// The tests have the build tag e2e and need root on Debian 12:
//
//	go test -tags e2e ./test/guest
//
// LXDOCKER_GUEST_DAEMONS says which daemons: a list of lxd, incus and incus7,
// separated by commas; without it the first two.
package guest
