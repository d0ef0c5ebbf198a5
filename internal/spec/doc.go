// Package spec reads the YAML files that say which images to make.
//
// It turns each file into a Spec and is strict about it: an unknown key, a wrong
// type, a value that cannot work, two specs that want the same name. Every
// mistake of every file comes back in one error, with file, line, column, the
// line itself and a hint, so that a person fixes them all in one go. It also
// reads the files beside a spec that the spec puts into its image, and holds the
// JSON schema that gives editors the same rules.
//
// The YAML library stays inside this package. The package never asks a registry
// (it cannot know whether an image exists), never runs a program, and never reads
// a file outside the folder of the spec.
package spec
