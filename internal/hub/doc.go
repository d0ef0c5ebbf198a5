// Package hub supplies images that have no spec, when a client asks for them, and keeps them
// up to date.
//
//	name ─ oci.Parse ─► Policy ─► in the store? ─► failed recently? ─► one conversion ─► version
//
// It decides which images may be requested (Policy, from --on-demand and --on-demand-deny),
// how many conversions run at once and how often a client may ask (Limits), when tags are
// checked again (Run), and which images are removed when all of them exceed their share of
// the disk (Claim, Free). Clients that ask for the same image wait for one conversion, which
// continues when they leave. A small journal records what clients asked for, and when, so
// that a restart resumes interrupted conversions; only the store knows whether an image exists.
//
// The package converts nothing itself: a Converter does. It does not speak HTTP: the
// failure.Kind of an error says what it means to a client.
package hub
