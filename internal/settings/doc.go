// Package settings reads what people say once for all runs of a program: in a file, and by
// environment variables. What can be said there are the program's flags; nothing is defined
// twice. A flag on the command line comes before the environment, that before the file, and
// the file before the default. Mistakes in the file are diagnostics with their places, and
// values are refused by the checks of the flags.
//
// The package knows no setting by its name, and does nothing with what they say.
package settings
