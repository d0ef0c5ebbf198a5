// Package progress is what a person sees while work goes on: on a terminal, a
// picture of the images and layers that something is done for just now; plain
// lines in a log; JSON events on request.
//
// The working packages only ever see Display, Task and Layer; which of the three
// forms it is, cmd/ decides. Nothing here influences the work.
package progress
