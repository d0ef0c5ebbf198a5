// Package hostile attacks imgserver, as it is built and run, the way somebody would who
// means harm: one file for each party of docs/threat-model.md, one test for each attack.
// A test says at its end what the attacker got, and what it cost the server; the figures
// of the documentation are those of a run with -v.
//
// Attacks are bounded, and reach nothing but loopback.
package hostile
