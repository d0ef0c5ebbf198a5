// Package hub gets images that nobody wrote a spec for, when a client asks for
// them, and keeps them up to date.
//
//	name ─ oci.Parse ─► Policy ─► in the store? ─► failed a moment ago? ─► one conversion ─► version
//
// It decides which images may be had at all (Policy, from --on-demand and
// --on-demand-deny), how much goes on at once and how often a client may ask
// (Limits), which tags are checked again (Run), and which images go when all of them
// take more of the disk than they may (Claim, Free). All
// who ask for the same image wait for one conversion, which goes on when they
// leave. What clients asked for, and when, is kept in a small journal, so that a
// restart takes up what it broke off; whether an image is there, only the store
// says.
//
// The package converts nothing itself: a Converter does. It speaks no HTTP; what
// its errors mean to a client, their failure.Kind says.
package hub
