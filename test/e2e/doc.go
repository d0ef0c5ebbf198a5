// Package e2e tries the two programs as their users meet them: specs in a
// folder, images from a real registry, imgserver with its own certificate, and
// containers launched by LXD and Incus that answer over the network.
//
// The tests have the build tag e2e and need root on Debian 12:
//
//	go test -tags e2e ./test/e2e
//
// They build the programs, and the testbed they run in, by themselves. No
// test looks into the programs: what is not visible to a user, a client or on
// disk is not tested here.
package e2e
