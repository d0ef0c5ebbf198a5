// Package failure classifies errors, so that what follows from an error is decided once: the
// HTTP status that a client gets and when it should come back (imageapi), whether another
// host is asked (oci/registry), whether an entry of an index is skipped (oci), how long
// the failure is remembered (hub), and what a person does next (Next, which also looks at the
// Cause). Two decisions do not depend on the kind: oci/registry decides by status and
// connection error whether to repeat a request, and exit codes know no kinds.
//
// Kind and Cause are set where they are known: package oci/registry knows what the status of a
// registry means, package layer knows that a digest is wrong. Everything in between wraps the
// error as usual. An error without a kind is Internal: a bug of ours, or a fault of the machine.
//
// An error may also carry a text that clients may see (Public). Of all other errors, clients
// are told only the kind.
//
// The package never changes the text of an error, and does not know HTTP.
package failure
