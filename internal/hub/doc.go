// Package hub gets images that nobody wrote a spec for, when a client asks for
// them, and keeps them fresh.
//
//	name ─ oci.Parse ─► policy ─► known? ─► failed lately? ─► one conversion ─► version
//
// It decides what may be had at all (Policy), how much at once and how often by
// whom (Limits), and which tags are looked at again (Run). All who ask for the
// same image wait for one conversion, which goes on when they leave. What
// clients asked for, and when, is kept in a small journal, so that a restart
// takes up what it broke off; whether an image is there, only the store says.
//
// The package converts nothing itself: a Converter does. It speaks no HTTP; its
// errors know the status that tells a client what they mean.
package hub
