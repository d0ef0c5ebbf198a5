// Package progress is what a person sees while work goes on: one bar per image
// on a terminal, plain lines in a log, JSON events on request.
//
// The working packages only ever see Display and Task; which of the three forms
// it is, cmd/ decides. Nothing here influences the work.
package progress
