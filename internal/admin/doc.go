// Package admin does what operators do with the images of a store by hand: find an image
// by name, choose one of its versions, roll back, remove superseded versions, and verify
// files. Its Scrubber verifies a whole store slowly, in the background.
//
// The package works on any store and keeps the static index correct. It prints nothing and
// takes no lock: callers decide whether to keep runs out meanwhile (store.Lock).
package admin
