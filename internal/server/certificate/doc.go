// Package certificate gives a server its certificate: one of its own making
// that lasts as long as the server does, or files that somebody else renews.
//
// Clients of an own certificate pin it (LXD and Incus keep a copy in
// servercerts/REMOTE.crt and in the daemon's database), so a pair that was made
// once is never replaced here.
package certificate
