// Package terminal makes foreign text safe to show. Text from a registry, a client or a file
// may contain characters that control a terminal, including the one on which somebody reads a
// log. The package never looks at a terminal itself.
package terminal
