// Command soak lets an imgserver that converts work for as long as one likes, in one of
// two ways.
//
// Among friends others build, prune and download beside it, and moved tags make it build as
// well. It ends with a failure if a single byte was wrong that a client got, or if the
// server's memory or its open files have grown.
//
//	go run ./test/soak -for 1h
//
// It needs root and a testbed (package testbed) of its own.
//
// Among enemies, clients of forty addresses ask for every image of package bomb and for
// those of registries that stall, read slowly, send half of requests and hold connections,
// in a network namespace of their own. Three honest clients are beside them, and the server
// is told to end again and again. It ends with a table of what the honest clients had of
// it, and with a failure if a goal was missed.
//
//	go run ./test/soak hostile -for 1h
//
// It needs root alone. No test starts either.
package main
