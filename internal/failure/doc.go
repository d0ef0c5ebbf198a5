// Package failure says of which kind an error is, so that what follows from it is
// decided once: the HTTP status that a client gets and when it is told to come back
// (imageapi), whether another host is asked (oci/registry), whether an entry of an
// index is passed over (oci), how long the failure is believed (hub). Whether a request is repeated, oci/registry decides by status and
// connection error, before there is a kind; exit codes know no kinds.
//
// The kind is set where the cause is known: package oci/registry knows what a
// status of a registry means, package layer that a digest is wrong. Everything in
// between wraps the error as usual. An error without a kind is Internal: a mistake
// of ours, or of the machine.
//
// Beside the kind an error may know what strangers are told of it (Public). All others
// they are told by their kind alone.
//
// The package never changes the text of an error, and does not know HTTP.
package failure
