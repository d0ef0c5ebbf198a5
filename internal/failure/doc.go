// Package failure says of which kind an error is, so that what follows from it is
// decided once: the HTTP status that a client gets (imageapi), whether a retry
// helps and after how long.
//
// The kind is set where the cause is known: package oci/registry knows what a
// status of a registry means, package layer that a digest is wrong. Everything in
// between wraps the error as usual. An error without a kind is Internal: a mistake
// of ours, or of the machine.
//
// The package never changes the text of an error, and does not know HTTP.
package failure
