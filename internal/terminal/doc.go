// Package terminal makes text that comes from others fit to be shown to people:
// what a registry, a client or a file says can hold characters that do anything
// to a terminal, or to a log that is read on one. It never looks at a terminal.
package terminal
