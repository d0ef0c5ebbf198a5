// Package spec reads the YAML files that say which images to make.
//
// It turns each file into a Spec and is strict about it: an unknown key, a wrong
// type, a value that cannot work and two specs that want the same name are
// diagnostics (package diag), and those of all files come back in one error, so
// that a person can correct them in one go. It also reads the files that a spec
// puts into its image, and makes the JSON schema that gives editors the same
// rules. What keys there are is in three tables: specKeys (keys.go), healthKeys
// (healthcheck.go), fileKeys (filekeys.go).
//
// The package never asks a registry (it cannot know whether an image exists),
// never runs a program, and lets no spec read a file outside of its folder.
package spec
