// Command soak keeps an imgserver that converts busy for a chosen time, in one of two ways.
//
// Without an argument, other processes build, prune and download beside it, and moved tags
// make it build as well. Soak fails if a client got a single wrong byte, or if the server's
// memory or its open files have grown.
//
//	go run ./test/soak -for 1h
//
// That needs root and a testbed (package testbed) of its own.
//
// With hostile, clients of forty addresses request every image of package bomb and images of
// registries that stall; they read slowly, send partial requests and hold connections, all in
// a network namespace of their own. Six honest clients work beside them, and the server is
// restarted again and again. Soak prints a table of what the honest clients got, and fails if
// a goal was missed.
//
//	go run ./test/soak hostile -for 1h
//
// That needs only root. No test starts either.
package main
