// Package version says which version of the source a program was built from, as recorded by
// the Go tool: for the command `version`, for the User-Agent that registries see, and for
// clients of the server. Nothing of it goes into an image.
package version
