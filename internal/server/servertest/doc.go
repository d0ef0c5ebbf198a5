// Package servertest runs imgserver as a program for tests: it starts the program, waits until
// it is ready, trusts its certificate, reads what it prints, and ends it. It is for tests
// only, and knows nothing about what is served.
package servertest
