// Package e2e tests the two programs as users meet them: specs in a folder, images from a real
// registry, imgserver with its own certificate, and containers launched by LXD and Incus that
// answer over the network.
//
// The tests have the build tag e2e and need root on Debian 12:
//
//	go test -tags e2e ./test/e2e
//
// They build the programs and start the testbed (package testbed) themselves. They observe
// only what is visible to a user, to a client or on disk.
package e2e
