// Package negotiate sends documents in the form that a client accepts: compressed or
// not (RFC 9110, section 12.5.3), whole, in ranges, or not at all if it has them.
//
// It never compresses anything itself, and never decides who gets what.
package negotiate
