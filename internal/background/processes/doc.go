// Package processes runs other processes in the background. They stop for moments while
// something short is done that somebody waits for: even a thread of low priority keeps a
// processor for milliseconds once it has it, and what is short has many threads that wait for
// each other. They end with this process, however that ends.
//
// The package knows nothing about what they do.
package processes
