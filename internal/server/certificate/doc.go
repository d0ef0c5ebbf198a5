// Package certificate supplies the server's certificate: either one that it generates, valid
// as long as the server lives, or files that somebody else renews.
//
// Clients pin a generated certificate (LXD and Incus keep a copy in servercerts/REMOTE.crt
// and in the daemon's database), so the package never replaces one by itself: only Renew does,
// which a person has to ask for.
package certificate
