// Package serving measures how imgserver serves, beside nginx with the same file, certificate,
// version of TLS and cipher; and beside many connections that do nothing or read slowly.
//
// Servers and clients are processes of their own, in a network namespace whose clients have
// addresses of their own. What is compared takes turns, so that whatever else the machine does
// hits all alike. Beside elapsed time there is the processor time that a server takes for a
// gibibyte, which other work on the machine changes least.
//
// It converts nothing, and needs no registry.
package serving
