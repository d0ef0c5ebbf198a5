// Package lab gives Go programs the laboratory of the script test/lab/lab: a
// real registry with images in it, LXD and Incus. The script starts and ends
// everything; the package calls it and speaks to the daemons by their own
// command line clients, as a person would.
//
// One lab serves one user at a time: Up waits until the one before is done.
package lab
