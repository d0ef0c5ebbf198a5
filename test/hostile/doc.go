// Package hostile attacks imgserver, as built and run, like somebody who means harm: one file
// for each party in docs/threat-model.md, one test for each attack. At its end a test logs
// what the attacker got and what that cost the server; the figures in the documentation are
// from a run with -v.
//
// Attacks are bounded, and reach nothing but loopback.
package hostile
