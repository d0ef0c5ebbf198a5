// Package terminal makes foreign text safe to show. What a registry, a client or a
// file says can contain characters that control a terminal, or one on which a log is
// read. The package never looks at a terminal itself.
package terminal
