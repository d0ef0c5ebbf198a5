// Command stops stops containers again and again while the machine is busy, and counts how
// each stop ends: in order, refused by the daemon, killed, with or without lost data. It also
// counts starts that hang, and output of short programs that `lxc exec` loses.
//
//	go run ./test/stops -n 500
//
// It needs root and a testbed (package testbed) of its own; no test starts it.
package main
