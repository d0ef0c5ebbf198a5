// Package servertest runs imgserver as a program for tests: it starts it, waits
// until it is ready, trusts its certificate, reads what it prints, and ends it.
// It is for tests alone, and knows nothing of what is served.
package servertest
