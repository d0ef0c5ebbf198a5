// Command soak lets an imgserver that converts work for as long as one likes,
// while others build, prune and download beside it, and moved tags make it build
// as well. It ends with a failure if a single byte was wrong that a client got,
// or if the server's memory or its open files have grown.
//
//	go run ./test/soak -for 1h
//
// It needs root and a testbed (package testbed) of its own; no test starts it.
package main
