// Load is the clients of a benchmark of servers, in a process of their own. It speaks HTTP/1.1
// over TLS 1.3, as LXD and Incus do, each client from an address that it is told.
//
//	load downloads|asks|holds FLAG...
//
// downloads fetches a file with some clients at the same time; asks requests a path again and
// again, each time over a new connection; holds opens connections that do nothing and others
// that read slowly, says so in a line, and keeps them until its standard input ends. Each
// prints what it measured as JSON. It knows nothing of what is behind an address.
package main
