// Package status makes one report of how the images of a store do: the last run, what fails and
// why, since when and what to do about it, what people hold back, disks, certificates, and
// whether a person is needed. Its form as JSON is a promise.
//
// It computes from what it is given: a snapshot of the store, the record of runs, and what the
// caller has seen of disks and certificates. What it costs is one look at each version in the
// snapshot.
package status
