// Package progress shows people what is going on: on a terminal, a live picture of the images
// and layers that are being worked on; in a log, plain lines; on request, JSON.
//
// Packages that do the work see only Display, Task and Layer; cmd chooses the form. Nothing
// here influences the work.
package progress
