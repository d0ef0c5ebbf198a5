// Package replica makes exact copies of trees of files, and compares them. It runs in the
// instance whose files these are, as the program that package instance has put there: nobody
// outside sees owners, extended attributes and names of the same file as they are.
//
// A copy has the content, holes, owners, permissions, times, extended attributes and hard
// links of the original. Sockets are left out: whoever listened there has ended. It is on the
// disk when it is compared. The package knows neither volumes nor updates, and never changes
// what it copies.
package replica
