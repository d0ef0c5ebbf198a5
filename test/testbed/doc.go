// Package testbed is what tests on real daemons run against: a registry with images in it, LXD
// and Incus. The script testbed in this folder starts and ends everything; the package calls
// the script, and controls the daemons by their own command line clients, as a person would.
//
// A testbed serves one user at a time: Up waits until the one before has finished.
package testbed
