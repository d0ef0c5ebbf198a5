// Package command has what the command lines of both programs share: usage errors, exit
// codes, suggestions for unknown words, and the commands that both have (version, man). It
// prints only what was asked for.
package command
