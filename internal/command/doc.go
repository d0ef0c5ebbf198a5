// Package command holds what the command lines of both programs share: mistakes
// in how a program was called, and the commands that every program has. It does
// no work and prints nothing but what it was asked for.
package command
