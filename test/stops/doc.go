// Command stops stops containers again and again while the machine is busy, and
// counts how that ends: in order, refused by the daemon, killed, with data lost
// or not. Beside that it counts the starts that hang, and what `lxc exec` of a
// short program loses.
//
//	go run ./test/stops -n 500
//
// It needs root and a testbed (package testbed) of its own; no test starts it.
package main
