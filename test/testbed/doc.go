// Package testbed is what tests on real daemons run against: a registry with
// images in it, LXD and Incus. The script beside it starts and ends everything;
// the package calls the script and speaks to the daemons by their own command
// line clients, as a person would.
//
// One testbed serves one user at a time: Up waits until the one before is done.
package testbed
