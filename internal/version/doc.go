// Package version says which version of the source a program was built from,
// as the Go tool noted it in the program: what `version` prints, what
// registries read in the User-Agent, and what clients are told. Nothing of it
// goes into an image.
package version
