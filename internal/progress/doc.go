// Package progress shows people what goes on: on a terminal, a picture of the
// images and layers that are worked on; plain lines in a log; JSON on request.
//
// Working packages see only Display, Task and Layer. Which form these have, cmd/
// decides. Nothing here influences the work.
package progress
