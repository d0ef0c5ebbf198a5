// Package negotiate sends documents in the form that a client accepts: compressed or not
// (RFC 9110, section 12.5.3), whole or in ranges, or as 304 if the client has it already.
//
// It compresses nothing itself, and does not decide who gets what.
package negotiate
